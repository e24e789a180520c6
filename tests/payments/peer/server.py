"""One small web server that is both providers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.payments.peer.alipay import AlipayPeer
from tests.payments.peer.keys import Keys
from tests.payments.peer.wechat import WeChatPeer


@dataclass
class Peer:
    """Where the providers answer, and what they know."""

    address: str
    keys: Keys
    wechat: WeChatPeer
    alipay: AlipayPeer


@contextmanager
def serve(keys: Keys) -> Iterator[Peer]:
    """Both providers at a free port, until the block ends."""
    wechat, alipay = WeChatPeer(keys), AlipayPeer(keys)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            is_alipay = self.path.startswith(("/gateway.do", "/cashier.do"))
            chosen = alipay if is_alipay else wechat
            status, headers, text = chosen.answer(self.command, self.path, self.headers, body)
            data = text.encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _answer  # noqa: N815 - the names http.server calls

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Peer(f"http://127.0.0.1:{server.server_port}", keys, wechat, alipay)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
