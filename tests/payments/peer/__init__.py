"""WeChat Pay and Alipay on this machine: their wire formats, with real signatures.

The keys are generated for the run. The peers check every signature they are sent, as the providers
do, and can be told to lie.
"""

from tests.payments.peer.alipay import AlipayPeer
from tests.payments.peer.keys import Keys
from tests.payments.peer.server import Peer, serve
from tests.payments.peer.wechat import WeChatPeer

__all__ = ["AlipayPeer", "Keys", "Peer", "WeChatPeer", "serve"]
