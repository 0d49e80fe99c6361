// The gallery: draws one button a card, and says which one was clicked and which ones are ticked.

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const list = parentElement.querySelector(".gallery");
  const shown = JSON.stringify(data.cards);
  if (list.shown !== shown) {
    list.shown = shown;
    list.replaceChildren(...data.cards.map((card) => draw(card, data.ticking)));
    list.classList.toggle("row", Boolean(data.inRow));
    list.marked = null;
  }
  if (list.marked !== data.chosen) mark(list, data.chosen);
  list.onclick = (event) => {
    const card = event.target.closest(".card");
    if (card) setTriggerValue("opened", card.dataset.id);
  };
  list.onchange = () => {
    const ticked = [...list.querySelectorAll(".tick input:checked")];
    setStateValue("ticked", ticked.map((box) => box.value));
  };
}

// The chosen card is marked, and in a row brought into sight.
function mark(list, chosen) {
  list.marked = chosen;
  for (const card of list.querySelectorAll(".card")) {
    if (card.dataset.id === chosen) {
      card.setAttribute("aria-current", "true");
      list.scrollLeft = card.offsetLeft - (list.clientWidth - card.offsetWidth) / 2;
    } else card.removeAttribute("aria-current");
  }
}

function draw({ id, svg, title, words }, ticking) {
  const item = document.createElement("li");
  const card = document.createElement("button");
  card.className = "card";
  card.type = "button";
  card.dataset.id = id;
  card.append(music(svg), texts(title, words));
  item.append(card);
  if (ticking) item.append(tick(id, title));
  return item;
}

// Beside the button and not within it: a box to tick is no part of what opens the card.
function tick(id, title) {
  const label = document.createElement("label");
  label.className = "tick";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = id;
  box.setAttribute("aria-label", `Tick ${title}`);
  label.append(box);
  return label;
}

// Parsed as XML and never as HTML: the server has already removed all but drawing.
function music(svg) {
  const box = document.createElement("div");
  box.className = "music";
  box.setAttribute("aria-hidden", "true");
  if (svg) {
    const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    box.append(document.importNode(drawing, true));
  }
  return box;
}

function texts(title, words) {
  const box = document.createElement("div");
  box.className = "texts";
  for (const [name, text] of Object.entries({ title, words })) {
    const line = document.createElement("span");
    line.className = name;
    line.textContent = text;
    box.append(line);
  }
  return box;
}
