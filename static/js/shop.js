/* Comforts of the shop; every page works without them. */
(function () {
  "use strict";

  /* Parts with an id are drawn by the server again and put in their place. */
  function swap(html, ids) {
    var fresh = new DOMParser().parseFromString(html, "text/html");
    ids.forEach(function (id) {
      var before = document.getElementById(id), after = fresh.getElementById(id);
      if (before && after && before.innerHTML !== after.innerHTML) { before.replaceWith(after); }
    });
  }

  function redraw(form, focused) {
    var data = new FormData(form);
    data.set("refresh", "1");
    var button = form.querySelector("[data-once]");
    button.disabled = true;
    fetch(form.action, { method: "POST", body: data, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw new Error(answer.status); } return answer.text(); })
      .then(function (html) {
        swap(html, ["where", "summary"]);
        var field = focused && document.getElementById(focused);
        if (field) { field.focus(); }
      })
      .catch(function () { form.querySelector("[data-once]").disabled = false; });
  }

  document.addEventListener("change", function (event) {
    var form = event.target.closest("[data-refresh-form]");
    if (form && event.target.matches("[data-refresh], [name=delivery]")) { redraw(form, event.target.id); }
  });

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-share]");
    if (!button) { return; }
    if (navigator.share) {
      navigator.share({ title: button.dataset.share, url: location.href }).catch(function () {});
    } else if (navigator.clipboard) {
      navigator.clipboard.writeText(location.href).then(function () {
        var label = button.querySelector("[data-label]"), before = label.textContent;
        label.textContent = button.dataset.done;
        setTimeout(function () { label.textContent = before; }, 2000);
      }, function () {});
    }
  });

  /* An order's state follows what happens to it while somebody looks. */
  if (document.querySelector("[data-live]")) {
    setInterval(function () {
      if (document.hidden || document.querySelector("[data-live] :focus")) { return; }
      fetch(location.href, { credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.text() : ""; })
        .then(function (html) { if (html) { swap(html, ["order-state"]); } })
        .catch(function () {});
    }, 30000);
  }
})();
