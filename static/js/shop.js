/* Comforts of the shop; every page works without them. */
(function () {
  "use strict";

  /* Parts with an id are drawn by the server again and put in their place; what was typed since
     it was asked stays, and so does the place where somebody types. */
  function swap(html, ids) {
    var fresh = new DOMParser().parseFromString(html, "text/html");
    ids.forEach(function (id) {
      var before = document.getElementById(id), after = fresh.getElementById(id);
      if (!before || !after || before.innerHTML === after.innerHTML) { return; }
      before.querySelectorAll("input:not([type=hidden]), textarea").forEach(function (field) {
        var same = field.id && after.querySelector("#" + field.id);
        if (same) { same.value = field.value; same.checked = field.checked; }
      });
      before.replaceWith(after);
    });
  }

  var asked = 0;

  function redraw(form) {
    var data = new FormData(form), mine = asked += 1;
    var button = form.querySelector("[data-once]");
    data.set("refresh", "1");
    form.setAttribute("aria-busy", "true");
    button.disabled = true;
    fetch(form.action, { method: "POST", body: data, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw new Error(answer.status); } return answer.text(); })
      .then(function (html) {
        if (mine !== asked) { return; }
        var focused = document.activeElement && document.activeElement.id;
        swap(html, ["where", "summary"]);
        var field = focused && document.getElementById(focused);
        if (field && field !== document.activeElement) { field.focus(); }
      })
      .catch(function () { /* The form still works: the server asks again. */ })
      .then(function () {
        if (mine !== asked) { return; }
        form.removeAttribute("aria-busy");
        form.querySelector("[data-once]").disabled = false;
      });
  }

  document.addEventListener("change", function (event) {
    var form = event.target.closest("[data-refresh-form]");
    if (form && event.target.matches("[data-refresh], [name=delivery]")) { redraw(form); }
  });

  document.addEventListener("submit", function (event) {
    var form = event.target.closest("[data-refresh-form]");
    if (form && event.submitter && event.submitter.name === "refresh") {
      event.preventDefault();
      redraw(form);
    }
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

  /* Pictures: a small one brings the large one up without moving the page, arrows do for a mouse,
     and a video is silent once it is out of sight. */
  document.querySelectorAll("[data-gallery]").forEach(function (gallery) {
    var strip = gallery.querySelector(".gallery-strip");
    var row = gallery.querySelector(".gallery-thumbs");
    var thumbs = gallery.querySelectorAll(".gallery-thumb");
    var arrows = gallery.querySelectorAll("[data-gallery-move]");
    var current = -1;

    function show(number) { strip.scrollTo({ left: number * strip.clientWidth }); }

    function mark() {
      var number = Math.round(strip.scrollLeft / strip.clientWidth);
      if (number === current || !thumbs[number]) { return; }
      if (thumbs[current]) { thumbs[current].removeAttribute("aria-current"); }
      thumbs[number].setAttribute("aria-current", "true");
      row.scrollTo({ left: thumbs[number].offsetLeft - (row.clientWidth - thumbs[number].offsetWidth) / 2 });
      arrows.forEach(function (arrow) { arrow.disabled = !thumbs[number + Number(arrow.dataset.galleryMove)]; });
      strip.querySelectorAll("video").forEach(function (video) {
        if (!strip.children[number].contains(video)) { video.pause(); }
      });
      current = number;
    }

    thumbs.forEach(function (thumb, number) {
      thumb.addEventListener("click", function (event) { event.preventDefault(); show(number); });
    });
    arrows.forEach(function (arrow) {
      arrow.hidden = false;
      arrow.addEventListener("click", function () { show(current + Number(arrow.dataset.galleryMove)); });
    });
    strip.addEventListener("scroll", mark, { passive: true });
    mark();
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
