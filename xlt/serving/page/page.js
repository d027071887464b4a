// The page of `xlt serve`. Every text is set as text, never as markup.
"use strict";

const MOST_COLUMNS = 3;
const EXAMPLES = [
  ["中文", "arithmetic_reasoning", { problem: "小明有 3 个苹果，又买了 4 个。他现在有几个？" }, ""],
  ["Kiswahili", "arithmetic_reasoning", { problem: "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?" }, "sw"],
  ["العربية", "question_answering", { question: "ما هي عاصمة المغرب؟" }, "ar"],
  ["हिन्दी", "chat", { message: "मेरा ऑर्डर अभी तक नहीं आया है। मुझे क्या करना चाहिए?" }, "hi"],
];
const $ = (id) => document.getElementById(id);
const state = { offer: null, task: null, columns: [], asked: 0, sending: null };

/** Make an element: its class, its text, and further properties. */
function make(tag, className = "", text = "", more = {}) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return Object.assign(made, more);
}

function headers() {
  const sent = { "Content-Type": "application/json" };
  if ($("key").value) sent.Authorization = `Bearer ${$("key").value}`;
  if ($("upstream").value) sent["X-XLT-Upstream"] = $("upstream").value;
  return sent;
}

async function call(path, body) {
  const method = body === undefined ? "GET" : "POST";
  const response = await fetch(path, { method, headers: headers(), body: body && JSON.stringify(body) });
  const data = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(data.error?.message || `The server answered ${response.status}.`);
  return data;
}

const baseUrl = () => new URL(".", location.href).href.replace(/\/$/, "");
const languageTag = () => {
  const given = $("language").value.trim();
  const known = state.offer.languages.find((one) => one.name === given || one.native_name === given);
  return known ? known.tag : given;
};
const listed = (text) => text.split(/[,\n،、]/).map((one) => one.trim()).filter(Boolean);

/** The options of the request, as a call's `xlt` takes them. */
function options() {
  const inputs = {};
  for (const field of state.task.fields) {
    const value = $(`field-${field.name}`).value;
    if (value.trim()) inputs[field.name] = field.many ? value.split("\n").filter((one) => one.trim()) : value;
  }
  const made = { task: state.task.name, inputs };
  if (languageTag()) made.language = languageTag();
  if (state.task.needs_target && $("target").value.trim()) made.target_language = $("target").value.trim();
  if (state.task.needs_labels && $("labels").value.trim()) made.labels = listed($("labels").value);
  return made;
}

const chosen = () => [...document.querySelectorAll("#strategies input:checked")].map((one) => one.value);

function showTask() {
  state.task = state.offer.tasks.find((one) => one.name === $("task").value);
  $("target-label").hidden = !state.task.needs_target;
  $("labels-label").hidden = !state.task.needs_labels;
  $("fields").replaceChildren(...state.task.fields.map(fieldOf));
}

function fieldOf(field) {
  const about = [field.description, field.many ? "one a line" : "", field.optional ? "optional" : ""];
  const words = about.filter(Boolean).join(", ");
  const label = make("label", "", `${field.name.replace(/_/g, " ")}${words ? ` (${words})` : ""}`);
  const input = make(field.allowed.length ? "select" : "textarea", "", "", { id: `field-${field.name}`, dir: "auto" });
  for (const one of field.optional ? ["", ...field.allowed] : field.allowed) input.append(new Option(one, one));
  label.append(input);
  return label;
}

/** Detect and compose what the form holds; an answer that comes late is not shown. */
async function refresh() {
  const turn = ++state.asked;
  const asked = options();
  $("problem").textContent = "";
  try {
    const [found, made] = await Promise.all([
      asked.language ? null : call("xlt/detect", asked),
      Object.keys(asked.inputs).length
        ? call("xlt/compose", { options: asked, strategies: chosen(), model: $("model").value, base_url: baseUrl() })
        : { columns: [] },
    ]);
    if (turn !== state.asked) return;
    showDetected(found);
    state.columns = made.columns.map(showColumn);
    $("columns").replaceChildren(...state.columns.map((one) => one.box));
  } catch (error) {
    if (turn === state.asked) $("problem").textContent = error.message;
  }
}

function showDetected(found) {
  let words = "";
  if (found?.language) words = `Detected: ${found.language.name}, ${(found.confidence * 100).toFixed(0)}% sure.`;
  else if (found?.message) words = `${found.message} Choose a language.`;
  $("detected").textContent = words;
}

function showColumn(column) {
  const box = make("section", "column", "", { ariaLabel: `Strategy ${column.strategy}` });
  const reply = make("div", "reply");
  box.append(make("h2", "", column.strategy));
  if (column.error) {
    box.append(make("p", "bad", column.error));
    return { column, box, reply };
  }
  const about = column.composed === column.strategy ? "" : `takes ${column.composed}; `;
  const where = column.several ? ` in round 1` : "";
  const tokens = `${column.exact ? "" : "about "}${column.tokens} tokens${where}`;
  box.append(make("p", "facts", `${about}${column.language.name}, ${tokens}`, { title: column.signature }));
  if (column.several) box.append(make("p", "facts", follows(column.rounds)));
  const steps = make("ol", "steps", "", { ariaLabel: "The prompt, step by step" });
  column.steps.forEach((step, place) => {
    const item = make("li", `s${place % 6}`);
    item.append(make("small", "", `${step.name.replace(/_/g, " ")}, ${step.tokens} tokens`));
    item.append(make("p", "text", step.text.replace(/^\n+/, ""), { dir: "auto" }));
    steps.append(item);
  });
  const copies = make("p", "facts", "Copy as ");
  for (const [name, words] of [["python", "Python"], ["curl", "curl"], ["langchain", "LangChain"]]) {
    const button = make("button", "small", words, { type: "button", ariaLabel: `Copy ${column.strategy} as ${words}` });
    button.addEventListener("click", () => copy(column.code[name], button, words));
    copies.append(button, " ");
  }
  box.append(steps);
  if (column.beside.length) {
    const list = make("ol", "calls");
    list.append(...column.beside.map((text) => inItem(make("p", "text", text, { dir: "auto" }))));
    box.append(fold(`${counted(column.beside.length, "more prompt")} of round 1`, list));
  }
  box.append(copies, reply);
  return { column, box, reply };
}

const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** What a strategy sends, as far as that can be known before its replies. */
function follows(rounds) {
  const calls = rounds.reduce((sum, one) => sum + one, 0);
  const each = rounds.length > 1 && calls > rounds.length ? ` (${rounds.join(", ")})` : "";
  return `As a rule ${counted(calls, "call")} in ${counted(rounds.length, "round")}${each}. The first prompt:`;
}

function inItem(...parts) {
  const item = make("li");
  item.append(...parts);
  return item;
}

function fold(words, content) {
  const made = make("details", "fold");
  made.append(make("summary", "", words), content);
  return made;
}

/** The calls of a round, folded; a reply that is shown below as it is is not repeated. */
function roundOf(calls, number, shown) {
  const list = make("ol", "calls");
  for (const { prompt, reply } of calls) {
    const said = reply === shown && calls.length === 1
      ? make("p", "facts", "Its reply is the one below.")
      : make("p", reply === null ? "bad" : "text", reply ?? "The call failed.", { dir: "auto" });
    list.append(inItem(fold("Prompt", make("p", "text", prompt, { dir: "auto" })), said));
  }
  return fold(`Round ${number}: ${counted(calls.length, "call")}`, list);
}

async function copy(text, button, words) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", "", "", { value: text }); // a page without HTTPS has no clipboard
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = words; }, 1500);
}

async function send(event) {
  event.preventDefault();
  if (state.sending) return;
  await refresh();
  const model = $("model").value.trim();
  state.sending = new AbortController();
  $("send").disabled = true;
  $("stop").hidden = false;
  const server = state.offer.upstreams.length > 1 ? ` at ${$("upstream").value}` : "";
  $("origin").textContent = `Live replies of ${model}${server}.`;
  $("columns").setAttribute("aria-busy", "true");
  try {
    await Promise.all(state.columns.filter((one) => !one.column.error).map((one) => ask(one, model)));
  } finally {
    state.sending = null;
    $("send").disabled = false;
    $("stop").hidden = true;
    $("columns").removeAttribute("aria-busy");
  }
}

async function ask({ column, reply }, model) {
  const asked = options();
  const text = make("p", "text waiting", "", { dir: "auto" });
  const status = make("p", "answer");
  status.setAttribute("role", "status");
  const rounds = make("div");
  reply.replaceChildren(make("h3", "", "Reply"), rounds, text, status);
  const body = {
    model: `xlt/${asked.task}@${model}`,
    messages: [{ role: "user", content: Object.values(asked.inputs).flat().join("\n") }],
    stream: true,
    xlt: { ...asked, strategy: column.strategy, check: true, rounds: column.several },
  };
  const temperature = parseFloat($("temperature").value);
  if (!Number.isNaN(temperature)) body.temperature = temperature;
  let said = "";
  try {
    for await (const piece of events("v1/chat/completions", body)) {
      if (piece.error) throw new Error(piece.error.message);
      const delta = piece.choices?.[0]?.delta?.content;
      if (delta) text.textContent = said += delta;
      for (const calls of piece.xlt?.rounds ?? []) {
        rounds.append(roundOf(calls, rounds.children.length + 1, said));
        status.textContent = `Round ${rounds.children.length} is there.`;
      }
      if (piece.xlt?.status) showAnswer(reply, text, status, said, piece.xlt, column);
    }
  } catch (error) {
    const words = error.name === "AbortError" ? "Stopped." : error.message;
    status.textContent = "";
    reply.append(make("p", "bad", words));
  }
  text.classList.remove("waiting");
}

/** The events of a stream, as objects. */
async function* events(path, body) {
  const response = await fetch(path, {
    method: "POST", headers: headers(), body: JSON.stringify(body), signal: state.sending.signal,
  });
  if (!response.ok) {
    const data = await response.json().catch(() => ({}));
    throw new Error(data.error?.message || `The server answered ${response.status}.`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data: {")) yield JSON.parse(line.slice(6));
    }
  }
}

function showAnswer(reply, text, status, said, found, column) {
  if (found.span) {
    const letters = Array.from(said); // the span counts characters, a string's length half of some
    const [start, end] = found.span;
    const marked = make("mark", "", letters.slice(start, end).join(""), { title: found.rule });
    text.replaceChildren(letters.slice(0, start).join(""), marked, letters.slice(end).join(""));
  }
  const value = typeof found.answer === "object" ? JSON.stringify(found.answer) : String(found.answer);
  status.textContent = found.answer === null ? "No answer found." : `Answer: ${value}`;
  const facts = [found.status, found.rule, ...found.flags.map((one) => one.replace(/_/g, " "))];
  const { usage } = found;
  if (usage?.calls > 1) facts.push(`${usage.calls} calls`);
  if (usage && usage.input_tokens !== null) facts.push(`${usage.input_tokens} tokens in, ${usage.output_tokens} out`);
  reply.append(make("p", "facts", facts.filter(Boolean).join(", ")));
  reply.append(make("p", ...languageOf(found, column.composed)));
}

/** What the check of the language says: the class and the words. */
function languageOf({ check, target_language: target }, strategy) {
  if (!check || check.line_pass === null) return ["facts", "Language of the reply: no line long enough to tell."];
  const name = state.offer.languages.find((one) => one.tag === target)?.name || target;
  if (check.line_pass) {
    const foreign = check.word_pass === false ? ", with English words in it" : "";
    return ["facts good", `Every line is in ${name}${foreign}.`];
  }
  const others = [...new Set(check.off.map((one) => one.language || "another script"))].join(", ");
  const why = strategy === "xlt" ? " The prompt asks for the thinking in English." : "";
  return ["facts", `Lines not in ${name}: ${check.off.length} (${others}).${why}`];
}

function showExample([, task, inputs, language]) {
  $("task").value = task;
  showTask();
  for (const [name, value] of Object.entries(inputs)) $(`field-${name}`).value = value;
  $("language").value = language;
  refresh();
}

function showStrategies() {
  const groups = [["One call", false], ["Several calls", true]].map(([words, several]) => {
    const group = make("div", "choices", "", { role: "group", ariaLabel: words });
    const offered = state.offer.strategies.filter((one) => one.several === several);
    group.append(make("span", "", `${words}:`, { ariaHidden: "true" }), ...offered.map(({ name }) => {
      const label = make("label");
      const box = make("input", "", "", { type: "checkbox", value: name, checked: name === "xlt" || name === "basic" });
      label.append(box, name);
      return label;
    }));
    return group;
  });
  $("strategies").replaceChildren(...groups);
  limitColumns();
}

function limitColumns() {
  const many = chosen().length >= MOST_COLUMNS;
  for (const box of document.querySelectorAll("#strategies input")) box.disabled = many && !box.checked;
}

async function listModels() {
  const found = await call("v1/models").catch(() => ({ data: [] }));
  const names = (found.data || []).map((one) => one.id).filter((one) => !one.startsWith("xlt/"));
  $("models").replaceChildren(...names.map((one) => new Option(one, one)));
  if (!$("model").value && names.length) $("model").value = names[0];
}

async function start() {
  try {
    state.offer = await call("xlt/offer");
  } catch (error) {
    $("problem").textContent = `${error.message} Write the server's access key into the field Key.`;
    $("key").addEventListener("change", start, { once: true });
    return;
  }
  const { tasks, languages, upstreams, model } = state.offer;
  $("task").replaceChildren(...tasks.map((one) => new Option(one.title, one.name)));
  $("languages").replaceChildren(...languages.map((one) => new Option(one.native_name, one.name)));
  $("upstream").replaceChildren(...upstreams.map((one) => new Option(one, one)));
  $("upstream-label").hidden = upstreams.length < 2;
  $("model").value = model;
  showStrategies();
  $("examples").replaceChildren(make("span", "", "Examples: "), ...EXAMPLES.map((one) => {
    const button = make("button", "small", one[0], { type: "button" });
    button.addEventListener("click", () => showExample(one));
    return button;
  }));
  listModels();
  showExample(EXAMPLES[0]);
}

let waiting = 0;
$("form").addEventListener("input", (event) => {
  if (event.target.id === "key" || event.target.id === "temperature") return;
  if (event.target.id === "task") showTask();
  if (event.target.type === "checkbox") limitColumns();
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 200);
});
$("form").addEventListener("submit", send);
$("stop").addEventListener("click", () => state.sending?.abort());
start();
