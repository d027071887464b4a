"use strict";
// Sort a table by a column: a press turns the order around; numbers by data-sort or by their value.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains("unsorted")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order === 1 ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => {
        const [one, two] = [key(a), key(b)];
        const difference = Number(one) - Number(two);
        return order * (Number.isNaN(difference) ? one.localeCompare(two) : difference);
      });
      table.tBodies[0].append(...rows);
    });
  });
}
// Copy a table as Markdown or LaTeX: the first line of each cell.
const written = (cell) => [...cell.childNodes].filter((one) => !one.classList?.contains("range"))
  .map((one) => one.textContent).join("").replace(/\s+/g, " ").trim();
const kinds = {
  Markdown: (rows) => {
    const line = (row) => `| ${row.map((text) => text.replace(/\|/g, "\\|")).join(" | ")} |`;
    return [line(rows[0]), line(rows[0].map(() => "---")), ...rows.slice(1).map(line)].join("\n");
  },
  LaTeX: (rows) => {
    const safe = (text) => text.replace(/[\\{}&%$#_~^]/g, (sign) =>
      ({"\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}"}[sign] ?? `\\${sign}`));
    const line = (row) => `${row.map(safe).join(" & ")} \\\\`;
    const columns = "l".repeat(rows[0].length);
    return [`\\begin{tabular}{${columns}}`, "\\hline", line(rows[0]), "\\hline",
      ...rows.slice(1).map(line), "\\hline", "\\end{tabular}"].join("\n");
  },
};
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
};
for (const region of document.querySelectorAll(".scroll")) {
  const bar = document.createElement("p");
  bar.className = "copies";
  for (const [name, make] of Object.entries(kinds)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Copy as ${name}`;
    button.addEventListener("click", async () => {
      const rows = [...region.querySelector("table").rows].map((row) => [...row.cells].map(written));
      button.dataset.copied = make(rows);
      await copy(button.dataset.copied);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = `Copy as ${name}`; }, 1500);
    });
    bar.append(button, " ");
  }
  region.after(bar);
}
// Show the samples that fit the filter.
const form = document.querySelector("form.filter");
if (form) {
  const samples = [...document.querySelectorAll("details.sample")];
  const show = () => {
    const {benchmark, pair, states, text} = form.elements;
    const wanted = text.value.trim().toLowerCase();
    let count = 0;
    for (const one of samples) {
      const fits = (!benchmark.value || one.dataset.benchmark === benchmark.value)
        && (!pair.value || one.dataset.pair === pair.value)
        && (!states.value || one.dataset.states.includes(`|${states.value}|`))
        && (!wanted || one.textContent.toLowerCase().includes(wanted));
      one.hidden = !fits;
      count += fits;
    }
    form.querySelector("output").textContent = `${count} of ${samples.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
}
// A printed page shows every example.
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details:not(.sample)")) one.open = true;
});
