"""Figures over several apps' tables; nothing here changes anything."""

from apps.insights.selectors.balances import BALANCES_HEADER, BalanceRow, balances
from apps.insights.selectors.debts import Debtor, OpenDebt, bucket_totals, debtors, open_debts
from apps.insights.selectors.merchant_figures import (
    MerchantFigures,
    PeriodFigures,
    merchant_figures,
)
from apps.insights.selectors.periods import InsightRefused
from apps.insights.selectors.ranking import (
    RANKING_HEADER,
    RANKING_KEYS,
    RankingPart,
    RankingRow,
    ranking,
    ranking_definition,
)
from apps.insights.selectors.team import TeamFigures, team_figures

__all__ = [
    "BALANCES_HEADER",
    "RANKING_HEADER",
    "RANKING_KEYS",
    "BalanceRow",
    "Debtor",
    "InsightRefused",
    "MerchantFigures",
    "OpenDebt",
    "PeriodFigures",
    "RankingPart",
    "RankingRow",
    "TeamFigures",
    "balances",
    "bucket_totals",
    "debtors",
    "merchant_figures",
    "open_debts",
    "ranking",
    "ranking_definition",
    "team_figures",
]
