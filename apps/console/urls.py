"""The console's own pages, below the console's path and before the admin's."""

from django.urls import path

from apps.console.views import (
    bonuses,
    debts,
    distributors,
    merchants,
    orders,
    payouts,
    plans,
    price_control,
    ranking,
    reconcile,
    settlements,
    sign_in,
    simulations,
    stage_runs,
    standing,
)

app_name = "console"

urlpatterns = [
    path("merchant/", merchants.choose_merchant, name="choose_merchant"),
    path("tree/", distributors.tree, name="tree"),
    path("tree/<int:pk>/", distributors.children, name="children"),
    path("ranking/", ranking.ranking_page, name="ranking"),
    path("ranking/file/", ranking.ranking_file, name="ranking_file"),
    path("reconcile/", reconcile.reconcile_page, name="reconcile"),
    path("reconcile/<int:pk>/", reconcile.reconcile_run, name="reconcile_run"),
    path(
        "merchants/merchant/<int:pk>/reconcile/",
        reconcile.ReconcileNow.as_page(),
        name="reconcile_now",
    ),
    path(
        "merchants/merchant/<int:pk>/run-stages/",
        stage_runs.RunStages.as_page(),
        name="run_stages",
    ),
    path("commissions/bonusperiod/<int:pk>/story/", bonuses.bonus_period, name="bonus_period"),
    path("commissions/stagerun/<int:pk>/story/", stage_runs.stage_run, name="stage_run"),
    path("distributors/distributor/<int:pk>/story/", distributors.distributor, name="distributor"),
    path(
        "distributors/distributor/<int:pk>/level/",
        standing.ChangeLevel.as_page(),
        name="change_level",
    ),
    path("distributors/distributor/<int:pk>/suspend/", standing.Suspend.as_page(), name="suspend"),
    path(
        "distributors/distributor/<int:pk>/reinstate/",
        standing.Reinstate.as_page(),
        name="reinstate",
    ),
    path(
        "distributors/distributor/<int:pk>/terminate/",
        standing.Terminate.as_page(),
        name="terminate",
    ),
    path(
        "distributors/distributor/<int:pk>/change-suspension/",
        standing.ChangeSuspension.as_page(),
        name="change_suspension",
    ),
    path("distributors/distributor/<int:pk>/ban/", standing.BanPerson.as_page(), name="ban"),
    path("distributors/ban/<int:pk>/lift/", standing.LiftBan.as_page(), name="lift_ban"),
    path(
        "distributors/distributor/<int:pk>/settlement/",
        settlements.settlement,
        name="settlement",
    ),
    path(
        "distributors/distributor/<int:pk>/settle/",
        settlements.SettleForGood.as_page(),
        name="settle_for_good",
    ),
    path("standing-rules/", price_control.standing_rules, name="standing_rules"),
    path(
        "merchants/merchant/<int:pk>/standing-policy/",
        standing.SetStandingPolicy.as_page(),
        name="set_standing_policy",
    ),
    path(
        "merchants/merchant/<int:pk>/ladder/",
        price_control.SetLadder.as_page(),
        name="set_ladder",
    ),
    path("price_control/violation/<int:pk>/story/", price_control.violation, name="violation"),
    path(
        "price_control/violation/<int:pk>/decide/",
        price_control.Decide.as_page(),
        name="decide_violation",
    ),
    path(
        "price_control/appeal/<int:pk>/answer/",
        price_control.Answer.as_page(),
        name="answer_appeal",
    ),
    path(
        "price_control/file/<int:pk>/",
        price_control.violation_file,
        name="violation_file",
    ),
    path(
        "distributors/distributor/<int:pk>/sign-in/",
        sign_in.GiveSignIn.as_page(),
        name="give_sign_in",
    ),
    path(
        "merchants/staffmembership/<int:pk>/sign-in/",
        sign_in.GiveStaffSignIn.as_page(),
        name="give_staff_sign_in",
    ),
    path(
        "distributors/distributor/<int:pk>/rehearse-move/",
        simulations.RehearseMove.as_page(),
        name="rehearse_move",
    ),
    path("orders/order/<int:pk>/story/", orders.order, name="order"),
    path("orders/order/<int:pk>/explain/", orders.explain, name="explain"),
    path("orders/order/<int:pk>/confirm/", orders.ConfirmPayment.as_page(), name="confirm_payment"),
    path("orders/order/<int:pk>/ship/", orders.ShipOrder.as_page(), name="ship_order"),
    path("orders/order/<int:pk>/complete/", orders.CompleteOrder.as_page(), name="complete_order"),
    path("orders/order/<int:pk>/cancel/", orders.CancelOrder.as_page(), name="cancel_order"),
    path("orders/order/<int:pk>/close/", orders.CloseOrder.as_page(), name="close_order"),
    path("orders/line/<int:pk>/refund/", orders.RefundLine.as_page(), name="refund_line"),
    path("orders/refund/<int:pk>/story/", orders.refund, name="refund"),
    path("orders/refund/<int:pk>/done/", orders.CompleteRefund.as_page(), name="complete_refund"),
    path("orders/refund/<int:pk>/reject/", orders.RejectRefund.as_page(), name="reject_refund"),
    path("orders/refund/<int:pk>/undo/", orders.UndoRefund.as_page(), name="undo_refund"),
    path("commissions/plan/new/", plans.new_plan, name="new_plan"),
    path("commissions/plan/new/json/", plans.new_plan_json, name="new_plan_json"),
    path("commissions/plan/<int:pk>/story/", plans.plan, name="plan"),
    path("commissions/plan/<int:pk>/edit/", plans.edit_plan, name="edit_plan"),
    path(
        "commissions/plan/<int:pk>/simulate/",
        simulations.SimulatePlan.as_page(),
        name="simulate_plan",
    ),
    path("commissions/simulation/<int:pk>/story/", simulations.simulation, name="simulation"),
    path("commissions/plan/<int:pk>/edit/json/", plans.edit_plan_json, name="edit_plan_json"),
    path("commissions/plan/<int:pk>/activate/", plans.ActivatePlan.as_page(), name="activate_plan"),
    path("debts/", debts.debts_page, name="debts"),
    path(
        "distributors/distributor/<int:pk>/write-off/",
        debts.ProposeWriteOff.as_page(),
        name="propose_write_off",
    ),
    path("payouts/debtwriteoff/<int:pk>/story/", debts.write_off, name="write_off"),
    path(
        "payouts/debtwriteoff/<int:pk>/approve/",
        debts.ApproveWriteOff.as_page(),
        name="approve_write_off",
    ),
    path(
        "payouts/debtwriteoff/<int:pk>/reject/",
        debts.RejectWriteOff.as_page(),
        name="reject_write_off",
    ),
    path(
        "payouts/payoutfreeze/<int:pk>/clear/",
        payouts.ClearFreeze.as_page(),
        name="clear_freeze",
    ),
    path("payouts/withdrawal/<int:pk>/story/", payouts.withdrawal, name="withdrawal"),
    path(
        "payouts/withdrawal/<int:pk>/approve/",
        payouts.ApproveWithdrawal.as_page(),
        name="approve_withdrawal",
    ),
    path(
        "payouts/withdrawal/<int:pk>/reject/",
        payouts.RejectWithdrawal.as_page(),
        name="reject_withdrawal",
    ),
    path(
        "payouts/withdrawal/<int:pk>/pay/", payouts.PayWithdrawal.as_page(), name="pay_withdrawal"
    ),
    path("payouts/payoutbatch/<int:pk>/story/", payouts.batch, name="batch"),
    path(
        "payouts/payoutbatch/<int:pk>/approve/",
        payouts.ApproveBatch.as_page(),
        name="approve_batch",
    ),
    path(
        "payouts/payoutbatch/<int:pk>/cancel/", payouts.CancelBatch.as_page(), name="cancel_batch"
    ),
    path(
        "payouts/payoutbatch/<int:pk>/file/", payouts.DownloadBankFile.as_page(), name="bank_file"
    ),
    path(
        "payouts/payoutbatch/<int:pk>/all-paid/",
        payouts.MarkAllPaid.as_page(),
        name="mark_all_paid",
    ),
    path("payouts/payout/<int:pk>/paid/", payouts.MarkPaid.as_page(), name="mark_paid"),
    path("payouts/payout/<int:pk>/failed/", payouts.MarkFailed.as_page(), name="mark_failed"),
]
