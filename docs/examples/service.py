"""A small service that embeds Courrier: it is told of an event, decides, and sends the mail or says why not.

Run it, and tell it of the events of a file:
    python docs/examples/service.py --port 8000 --smtp localhost:25
    curl --json @dossier.json http://localhost:8000/
"""

import argparse
import json
import os
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from courrier import EngineError, FactsError, Refused, Router, RulesError
from courrier.decision_log import DecisionLog

PLATFORM = "Portal <portal@platform.example>"


class Mailer:
    """Decides about events and sends the mails that may leave."""

    def __init__(self, router: Router, smtp: str) -> None:
        """Take a router, which all threads share, and the `host:port` of the mail server."""
        self.router, self.smtp = router, smtp

    def send(self, facts: Any) -> tuple[int, dict[str, Any]]:
        """Send the mail for an event; return the status of the answer, and what it says."""
        try:
            decision = self.router.decide(facts)
            message = EmailMessage()
            message["From"] = PLATFORM  # unless the decision names a sender
            message["Subject"] = self.router.book(decision.office).mails[decision.event].title["en"]
            message["Message-ID"] = make_msgid(domain="platform.example")
            message.set_content(f"This is the mail for `{decision.event}`.\n")
            decision.apply_to(message)
            host, _, port = self.smtp.rpartition(":")
            with smtplib.SMTP(host, int(port), timeout=30) as server:
                server.send_message(message)
        except Refused as refused:
            return 409, {"refusals": [notice._asdict() for notice in refused.refusals]}
        except FactsError as error:  # the caller's to mend
            return 422, {"error": error.to_dict()}
        except RulesError as error:  # the rule author's to mend
            return 500, {"error": {"message": str(error)}}
        except (EngineError, OSError, smtplib.SMTPException) as error:  # worth another try later
            return 503, {"error": {"message": str(error)}}
        return 200, dict(decision.to_dict())


def serve(mailer: Mailer, port: int) -> ThreadingHTTPServer:
    """Return a server that takes the facts of an event as the JSON body of a POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                facts = json.loads(body)
            except ValueError:
                facts = None
            status, answer = mailer.send(facts)
            data = json.dumps(answer, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing: the decision log says what was decided."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--smtp", default="localhost:25")
    parser.add_argument("--rules", default="rules")
    parser.add_argument("--log", default="decisions.jsonl")
    arguments = parser.parse_args()
    log = DecisionLog(arguments.log, key=os.environ.get("COURRIER_LOG_KEY"))
    server = serve(Mailer(Router.load(arguments.rules, on_decision=log), arguments.smtp), arguments.port)
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()
