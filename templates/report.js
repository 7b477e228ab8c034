"use strict";
(function () {
  const said = document.getElementById("said");

  // --- copy: the clipboard where the browser gives it, else the old command, else a selection to copy by hand
  function byCommand(text) {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "unseen";
    document.body.appendChild(area);
    area.select();
    let done = false;
    try { done = document.execCommand("copy"); } catch (error) { done = false; }
    area.remove();
    return done;
  }
  function byHand(source) {
    const around = source.closest("details");
    if (around) { around.open = true; }
    window.getSelection().selectAllChildren(source);
  }
  function tell(button, word, sentence) {
    const before = button.dataset.word || button.textContent;
    button.dataset.word = before;
    button.textContent = word;
    said.textContent = sentence;
    clearTimeout(Number(button.dataset.timer));
    button.dataset.timer = setTimeout(function () { button.textContent = before; }, 2000);
  }
  function fallBack(button, source) {
    if (byCommand(source.textContent)) {
      button.focus();
      tell(button, "Copied", "Copied.");
    } else {
      byHand(source);
      tell(button, "Press Ctrl+C", "Selected: press Control and C, or Command and C, to copy.");
    }
  }
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.addEventListener("click", function () {
      const source = document.getElementById(button.dataset.copy);
      const fallback = function () { fallBack(button, source); };
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(source.textContent).then(
          function () { tell(button, "Copied", "Copied."); }, fallback);
      } else {
        fallback();
      }
    });
  });

  // --- the picture: as wide as the page, or as large as it was drawn
  const size = document.getElementById("size");
  size.addEventListener("click", function () {
    const whole = document.querySelector(".picture svg").classList.toggle("whole");
    size.setAttribute("aria-pressed", String(whole));
  });

  // --- a link to a document opens it
  function openTarget() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = target && target.querySelector("details");
    if (details) { details.open = true; }
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();

  // --- filters
  const rows = Array.from(document.querySelectorAll(".checks > li"));
  const texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  const words = document.getElementById("words");
  const kind = document.getElementById("kind");
  const failed = document.getElementById("failed");
  const shown = document.getElementById("shown");
  function apply() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = failed.getAttribute("aria-pressed") === "true";
    let count = 0;
    rows.forEach(function (row, number) {
      const fits = (!only || row.dataset.state !== "holds")
        && (!kind.value || row.dataset.kind === kind.value)
        && wanted.every(function (word) { return texts[number].includes(word); });
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = count + " of " + rows.length + " checks";
  }
  words.addEventListener("input", apply);
  kind.addEventListener("change", apply);
  failed.addEventListener("click", function () {
    failed.setAttribute("aria-pressed", String(failed.getAttribute("aria-pressed") !== "true"));
    apply();
  });
  apply();
})();
