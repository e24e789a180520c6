/* Small comforts; every page works without them. */
(function () {
  "use strict";
  var root = document.documentElement;
  var KEY = "hide-money";

  function remembered() {
    try { return localStorage.getItem(KEY) === "1"; } catch (error) { return false; }
  }

  function remember(hidden) {
    try { localStorage.setItem(KEY, hidden ? "1" : "0"); } catch (error) { /* private window */ }
  }

  function say(button, text) {
    var label = button.querySelector("[data-label]") || button;
    var before = label.textContent;
    label.textContent = text;
    setTimeout(function () { label.textContent = before; }, 2000);
  }

  function count(address) {
    var token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (!address || !token || !window.fetch) { return; }
    var said = new URLSearchParams({ what: "words" });
    fetch(address, { method: "POST", body: said, headers: { "X-CSRFToken": token.value }, keepalive: true })
      .catch(function () { /* only a count */ });
  }

  function copy(button) {
    var field = document.getElementById(button.dataset.copy);
    field.select();
    var done = function () { say(button, button.dataset.done); count(button.dataset.count); };
    // WeChat's browser lacks the clipboard API on plain http.
    if (navigator.clipboard) { navigator.clipboard.writeText(field.value).then(done, function () {}); }
    else if (document.execCommand("copy")) { done(); }
  }

  // Runs in <head>, before anything is painted: hidden money never flashes up.
  root.classList.add("js");
  root.classList.toggle("money-off", remembered());

  document.addEventListener("click", function (event) {
    var target = event.target.closest("[data-copy], [data-hide-money]");
    if (!target) { return; }
    if (target.dataset.copy) { copy(target); }
    else { remember(root.classList.toggle("money-off")); }
  });

  document.addEventListener("submit", function (event) {
    var button = event.target.querySelector("[data-once]");
    // The server refuses the second press too; this only says that the first was heard.
    if (button) { setTimeout(function () { button.disabled = true; }, 0); }
  });
  addEventListener("pageshow", function () {
    document.querySelectorAll("[data-once]").forEach(function (button) { button.disabled = false; });
  });
})();
