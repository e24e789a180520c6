/* Follows what is under way: asks for the part again until it is over, then for the whole page.
   Without this script a reload by hand shows the same. */
const EVERY = 2000;

async function follow(box) {
  try {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) {
      throw new Error(answer.status);
    }
    const part = document.createElement("template");
    part.innerHTML = await answer.text();
    const fresh = part.content.querySelector("[data-live]");
    if (fresh.dataset.live !== "on") {
      location.reload();
      return;
    }
    box.replaceWith(fresh);
    setTimeout(follow, EVERY, fresh);
  } catch {
    // Signed out, or the site is being restarted: the page as it is says when it was loaded.
    setTimeout(follow, EVERY * 5, box);
  }
}

document.querySelectorAll('[data-live="on"]').forEach((box) => setTimeout(follow, EVERY, box));
