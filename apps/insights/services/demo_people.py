"""The demo's people: what levels ask for, who applies, who is moved, suspended and warned."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from apps.accounts.models import User
from apps.distributors.models import Distributor, Level
from apps.distributors.services.binding_policy import set_binding_policy
from apps.distributors.services.levels import ConditionTerms, LevelTerms, save_level
from apps.distributors.services.move_policy import save_move_policy
from apps.distributors.services.move_requests import propose_move
from apps.distributors.services.standing import suspend_distributor
from apps.joining.services.filling import Filled
from apps.joining.services.policies import save_policy
from apps.joining.services.reviewing import ask_for_changes, reject_application
from apps.joining.services.submitting import submit_application
from apps.merchants.models import Merchant
from apps.price_control.services import appeal_violation, decide_violation, record_violation

LEVELS = {
    "bronze": LevelTerms(badge_text="铜", badge_colour="stone", return_quota=Decimal(20)),
    "silver": LevelTerms(
        badge_text="银", badge_colour="blue", own_discount=Decimal(3), return_quota=Decimal(20)
    ),
    "gold": LevelTerms(
        badge_text="金", badge_colour="gold", own_discount=Decimal(5), return_quota=Decimal(25)
    ),
    "diamond": LevelTerms(
        badge_text="钻", badge_colour="purple", own_discount=Decimal(8), return_quota=Decimal(30),
        materials=Level.Materials.ALL,
    ),
}  # fmt: skip
CONDITIONS = {
    "silver": [ConditionTerms(kind="own_sales", period="lifetime", amount=Decimal("5000.00"))],
    "gold": [
        ConditionTerms(kind="team_sales", period="quarter", amount=Decimal("30000.00")),
        ConditionTerms(kind="orders", period="days", days=30, count=10),
    ],
    "diamond": [ConditionTerms(kind="team_sales", period="quarter", amount=Decimal("120000.00"))],
}
APPLICANTS = (
    ("13711110001", "方小满", "社区团长，群里 800 多位邻居，每周组织一次团购。", "wait"),
    ("13711110002", "秦露", "做过三年茶叶直播助理，熟悉普洱和白茶。", "wait"),
    ("13711110003", "石磊", "想试试。", "changes"),
    ("13711110004", "顾南", "主要做保健品，想把茶当药卖。", "reject"),
)


def enliven_people(merchant: Merchant, *, owner: User, operator: User) -> None:
    """Give levels their terms, and show every way in which people come, move and err."""
    for code, terms in LEVELS.items():
        level = Level.objects.get(merchant=merchant, code=code)
        save_level(
            merchant=merchant, code=code, name=level.name, rank=level.rank, level=level,
            terms=terms, conditions=CONDITIONS.get(code, []),
        )  # fmt: skip
    set_binding_policy(
        merchant=merchant, actor=owner, rule="first_touch_days", days=180, bind_on="registration"
    )
    _applications(merchant, operator)
    _standing(merchant, operator)
    _move(merchant, operator)


def _person(merchant: Merchant, code: str) -> Distributor:
    return Distributor.objects.get(merchant=merchant, code=code)


def _applications(merchant: Merchant, operator: User) -> None:
    save_policy(
        merchant=merchant, way="application", ask_experience="required",
        welcome="欢迎加入云岭茶业。请介绍一下您的经验，我们会在两个工作日内回复。",
    )  # fmt: skip
    inviter = _person(merchant, "D001")
    for phone, name, experience, outcome in APPLICANTS:
        application = submit_application(
            merchant=merchant, phone=phone, inviter=inviter, request_key=f"demo-{phone}",
            filled=Filled(name=name, is_adult=True, answers={"experience": experience}),
        )  # fmt: skip
        submission = application.submissions.get()
        if outcome == "changes":
            ask_for_changes(
                submission=submission, actor=operator, reason="请补充您的销售渠道和所在城市。"
            )
        if outcome == "reject":
            reject_application(
                submission=submission, actor=operator, reason="茶叶不得宣传疗效，与本店规定不符。"
            )


def _standing(merchant: Merchant, operator: User) -> None:
    """One who appeals against a warning, one not decided yet, one suspended for a while."""
    now = timezone.now()
    warned = _violation(
        merchant, "D014", "low_price", "朋友圈标价 88 元，低于零售底价 118 元。", operator
    )
    decide_violation(violation=warned, action="warn", reason="首次低价，予以警告。", actor=operator)
    appeal_violation(
        violation=warned, distributor=warned.distributor, actor=None, request_key="demo-appeal",
        statement="88 元是上一季旧价的海报，已经删除。",
    )  # fmt: skip
    _violation(merchant, "D032", "cross_region", "向签约区域外的门店批量供货。", operator)
    suspend_distributor(
        distributor=_person(merchant, "D037"), actor=operator, reason="本人申请暂停一个月。",
        ends_at=now + timedelta(days=30),
    )  # fmt: skip


def _violation(merchant: Merchant, code: str, kind: str, text: str, operator: User):
    return record_violation(
        distributor=_person(merchant, code), kind=kind, description=text, actor=operator,
        happened_at=timezone.now() - timedelta(days=2), request_key=f"demo-{code}",
        links=f"https://shop.example/{code.lower()}",
    )  # fmt: skip


def _move(merchant: Merchant, operator: User) -> None:
    """One change of upline that waits for a second person."""
    save_move_policy(merchant=merchant, approval_above=0)
    propose_move(
        distributor=_person(merchant, "D015"), parent=_person(merchant, "D003"), actor=operator,
        reason="迁居昆明，由当地上级带队。", request_key="demo-move",
    )  # fmt: skip
