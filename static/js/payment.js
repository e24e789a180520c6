/* Waits for the money, and pays inside WeChat. Without it the customer presses “I have paid”. */
(function () {
  "use strict";
  var waiting = document.querySelector("[data-payment-state]");
  var button = document.querySelector("[data-wechat-pay]");

  function look() {
    if (document.hidden) { return; }
    fetch(waiting.dataset.paymentState, { headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (found) { if (found && found.status !== "pending") { location.reload(); } })
      .catch(function () { /* the next look tries again */ });
  }

  function pay() {
    var given = button.dataset;
    window.WeixinJSBridge.invoke("getBrandWCPayRequest", {
      appId: given.appid,
      timeStamp: given.timestamp,
      nonceStr: given.noncestr,
      package: given.package,
      signType: given.signtype,
      paySign: given.paysign
    }, look);
  }

  if (waiting) {
    setInterval(look, 5000);
    document.addEventListener("visibilitychange", look);
  }
  if (button) {
    button.addEventListener("click", function () {
      if (window.WeixinJSBridge) { pay(); }
      else { document.addEventListener("WeixinJSBridgeReady", pay, { once: true }); }
    });
  }
})();
