// The tree: draws one button a composition, those that came out of it below, and says which one was clicked.

export default function ({ data, parentElement, setTriggerValue }) {
  const tree = parentElement.querySelector(".tree");
  const shown = JSON.stringify(data);
  if (tree.shown !== shown) {
    tree.shown = shown;
    tree.replaceChildren(...data.twigs.map((twig) => draw(twig, data.here)));
  }
  tree.onclick = (event) => {
    const box = event.target.closest(".box");
    if (box && box.dataset.id !== data.here) setTriggerValue("opened", box.dataset.id);
  };
}

function draw({ id, title, words, children }, here) {
  const item = document.createElement("li");
  const box = document.createElement("button");
  box.className = "box";
  box.type = "button";
  box.dataset.id = id;
  if (id === here) box.setAttribute("aria-current", "true");
  box.append(line("title", title), line("words", words));
  item.append(box);
  if (children.length) {
    const list = document.createElement("ul");
    list.append(...children.map((twig) => draw(twig, here)));
    item.append(list);
  }
  return item;
}

function line(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}
