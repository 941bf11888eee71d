// <siaga-sheet>: the call sheet of this desk. It is open, being typed, sent, or absent (idle).
import { Amender, type Contested, type Incident } from "./amending";
import { type Fields, type Place, type Unit, dropOldCopies, localCopy, newerOf, emptyFields } from "./draft";
import { now } from "./clock";
import { Refused, call, request } from "./http";
import type { LocalWord } from "./heard";
import { processNew } from "./hypertext";
import { closeChord, handle, onEscape, openChord } from "./keys";
import { linesToSend } from "./notes";
import { refresh, showOnce } from "./panels";
import { Saver, type ServerCopy } from "./saving";
import { SheetForm, type Hazard, type TypeChoice } from "./sheet-form";
import { say } from "./status";
import { tick } from "./timers";
import type { Circle } from "./where-list";
import { t } from "./words";

interface SheetState {
  readonly id: string;
  readonly version: number;
  readonly fields: Partial<Fields>;
  readonly incident: Incident | null;
  readonly chosen: TypeChoice | null;
  readonly hazards: readonly Hazard[];
  readonly glossary: readonly LocalWord[];
}

interface Sent {
  readonly incident: string;
  readonly number: number | string;
  readonly url: string;
  readonly agencies?: readonly string[];
}

const RESEND_MS = [1000, 2000, 4000, 8000];
const SENT_SETTLES_MS = 1000; // until then the panel below may still show the sheet as it was before sending
const FINISH_GUARD_MS = 1500; // a second Ctrl+Enter right after sending is a nervous finger, not "finished"

export class SheetElement extends HTMLElement {
  private state: SheetState | undefined;
  private form: SheetForm | undefined;
  private saver: Saver | undefined;
  private amender: Amender | undefined; // once sent
  private sentAt = 0;
  private sending = false;

  connectedCallback(): void {
    dropOldCopies(now());
    this.adopt(false);
    this.addEventListener("click", (event) => this.clicked(event.target as Element));
    this.addEventListener("focusout", (event) => {
      this.saver?.keep();
      if ((event.target as HTMLElement).id === "notes") void this.amender?.sendNotes(true);
    });
    addEventListener("pagehide", () => this.saver?.keep());
    document.addEventListener("siaga:panel", () => {
      this.drawActions();
      this.compareSeat();
      this.compareIncident();
    });
    this.bindKeys();
  }

  get callId(): string | undefined {
    return document.getElementById("call-now")?.dataset["call"];
  }

  get isTalking(): boolean {
    return document.getElementById("call-now")?.dataset["talking"] === "true";
  }

  get sheetId(): string | undefined {
    return this.state?.id;
  }

  private reloads = 0;
  private busy = 0; // fetches under way, and acts that end with one: news is compared when they are over
  private expected: string | undefined; // the call that must lie here then
  private focusWanted = false;

  /** Fetches the desk's open sheet (or the idle text) from the server. Of several under way only the last counts:
   *  news that overtakes F2 must neither take the focus away nor put an older sheet under her fingers. */
  async reload(focus: boolean): Promise<void> {
    const mine = ++this.reloads;
    this.focusWanted ||= focus;
    this.busy++;
    try {
      const response = await request("GET", this.dataset["url"] ?? "/meja/lembar", { accept: "text/html" });
      const text = await response.text();
      if (mine !== this.reloads) return;
      const wanted = this.focusWanted;
      this.focusWanted = false;
      this.innerHTML = text;
      processNew(this);
      this.adopt(wanted);
    } catch (error) {
      say("problem", error instanceof Error ? error.message : String(error));
    } finally {
      this.settle();
    }
  }

  /** An act after which another sheet lies here, or none: one fetch, whatever news of it arrives meanwhile. */
  async reloadAfter(act: () => Promise<unknown>, focus: boolean): Promise<void> {
    this.busy++;
    try {
      await act();
      await this.reload(focus);
    } finally {
      this.settle();
    }
  }

  /** She talks with this caller: his sheet must lie here, now or when what is under way has ended. */
  expectCall(id: string): void {
    this.expected = id;
    if (!this.busy) this.catchUp();
  }

  private settle(): void {
    if (--this.busy === 0) this.catchUp();
  }

  private catchUp(): void {
    const { expected } = this;
    this.expected = undefined;
    if (expected && this.callId !== expected) void this.reload(true);
    else this.compareSeat();
  }

  /** What is typed is on the server when this returns, or cannot be brought there now. */
  async saveNow(): Promise<void> {
    await this.saver?.flush();
  }

  async open(): Promise<void> {
    if (this.state) {
      this.form?.focus("what");
      return;
    }
    try {
      await call("POST", "/meja/lembar", { body: {} });
      await this.reload(true);
    } catch (error) {
      say("problem", error instanceof Error ? error.message : String(error));
    }
  }

  private adopt(focus: boolean): void {
    const inline = this.querySelector("script[data-sheet]")?.textContent;
    this.state = inline ? (JSON.parse(inline) as SheetState) : undefined;
    this.form = undefined;
    this.saver = undefined;
    this.amender?.stop();
    this.amender = undefined;
    if (this.state) this.start(this.state, focus);
    else this.forgetAround();
    this.dataset["sheet"] = this.state ? (this.incident ? "sent" : "draft") : "idle";
    tick(this);
    this.drawActions();
    this.compareSeat();
    this.dispatchEvent(new CustomEvent("siaga:sheet", { bubbles: true, detail: { open: this.state !== undefined } }));
  }

  private otherSeat = "";

  /** The idle text belongs to a state of the seat. It turns with the bar; when the bar says that she has a caller (she
   *  answered in another tab), this is fetched again, once for each difference. */
  private compareSeat(): void {
    const idle = this.querySelector<HTMLElement>("[data-idle-seat]");
    const title = idle?.querySelector<HTMLElement>("h2");
    const shown = idle?.dataset["idleSeat"];
    const seat = document.getElementById("seat-state")?.dataset["seat"];
    if (this.busy || this.state || !idle || !title || !shown || !seat) return;
    const words = title.dataset[seat];
    if (words !== undefined) {
      idle.dataset["idleSeat"] = seat;
      title.textContent = words;
      idle.querySelector<HTMLElement>("[data-how-to-begin]")?.toggleAttribute("hidden", seat !== "off" && seat !== "away");
      return;
    }
    const difference = shown === seat ? "" : `${shown} ${seat}`;
    const isNew = difference !== "" && difference !== this.otherSeat;
    this.otherSeat = difference;
    if (isNew) void this.reload(false);
  }

  /** Joined by mistake and taken back, here or by Ctrl+Z: the server's sheet has no incident any more. */
  private compareIncident(): void {
    if (!this.incident || this.sending || !this.querySelector("#progress [data-without-incident]")) return;
    if (performance.now() - this.sentAt > SENT_SETTLES_MS) void this.reload(true);
  }

  private start(state: SheetState, focus: boolean): void {
    const form = new SheetForm(this, state.hazards, state.glossary, () => this.edited());
    const known = { ...emptyFields(), ...state.fields };
    const local = localCopy(state.id);
    const base = local && !local.saved && local.base ? local.base : known;
    const source = {
      values: () => form.values,
      caret: () => form.caret(),
      onNewer: (copy: ServerCopy) => this.askWhichVersion(copy),
      absorb: (unit: Unit, remote: Fields) => form.absorb(unit, remote),
      onContested: (contested: readonly { unit: Unit; theirs: Fields }[]) => this.askWhichText(contested),
      onState: (words: string) => this.drawDraft(words),
    };
    const saver = new Saver(state.id, state.version, source, base);
    const { fields, unsaved } = newerOf({ version: state.version, fields: known }, local);
    form.load(fields, state.chosen);
    this.form = form;
    this.saver = saver;
    form.keptPriority = state.incident?.priority ?? undefined;
    if (state.incident) this.follow(state.incident, known);
    if (unsaved) this.edited();
    if (local?.caret && !focus) form.placeCaret(local.caret);
    else if (focus) form.focus("what");
    this.lookAround();
  }

  /** Fills *Apa* with a type another panel proposes. */
  propose(choice: TypeChoice): void {
    if (!this.form) return;
    this.form.propose(choice);
    this.form.focus("where");
  }

  /** A place somebody chose for her sheet beside the box: what the caller said stays, the point is the new one. */
  takePlace(place: Place): void {
    this.form?.takePlace(place);
  }

  /** Where the caller is said to be: suggestions near it come first. */
  set callerAt(point: Circle | undefined) {
    if (this.form) this.form.callerAt = point;
  }

  private edited(): void {
    this.saver?.edited();
    if (!this.incident) {
      this.lookAround();
      return;
    }
    this.amender?.edited();
  }

  private get incident(): Incident | undefined {
    return this.amender?.incident;
  }

  private follow(incident: Incident, fields: Fields): void {
    const { form, state } = this;
    if (!form || !state) return;
    const tell = (kind: "sent" | "problem", words: string) => void this.message(kind, words, incident.url);
    this.amender = new Amender(incident, state.id, form, fields, tell, () => this.saver?.edited(), (one, mine, theirs) => this.askWhose(one, mine, theirs));
  }

  // --- what is known around here ---------------------------------------------------------------------------------

  private around = "";

  /** Possible duplicates and the place's history, as soon as type or place exist. */
  private lookAround(): void {
    const values = this.form?.values;
    if (!values || !this.state) return;
    const query = new URLSearchParams({ sheet: this.state.id, type: values.type ?? "", text: values.where });
    if (values.place) {
      query.set("lat", String(values.place.lat));
      query.set("lon", String(values.place.lon));
      if (values.place.accuracy_m != null) query.set("accuracy_m", String(values.place.accuracy_m));
      if (values.place.code) query.set("code", values.place.code);
    }
    const text = query.toString();
    if (!values.type && !values.place) {
      this.lookForKnown(this.state.id);
      return;
    }
    if (text === this.around) return;
    this.around = text;
    for (const [id, url] of [["same", "/meja/sama"], ["history", "/meja/riwayat"]] as const) {
      const panel = document.getElementById(id);
      if (!panel) continue;
      panel.dataset["url"] = `${url}?${text}`;
      refresh(panel, 120);
    }
  }

  /** Without a sheet nothing is like it: what the last one brought must not invite to join. */
  private forgetAround(): void {
    const had = this.around !== "";
    this.around = "";
    for (const [id, url] of [["same", "/meja/sama"], ["history", "/meja/riwayat"]] as const) {
      const panel = document.getElementById(id);
      if (panel && had) void showOnce(panel, url);
    }
  }

  /** Before anything is typed: does this caller ring about an incident we have? */
  private lookForKnown(sheet: string): void {
    const panel = document.getElementById("same");
    const url = `/meja/mungkin?sheet=${encodeURIComponent(sheet)}`;
    if (!panel || this.around === url) return;
    this.around = url;
    panel.dataset["url"] = url;
    refresh(panel, 0);
  }

  /** The panel proposes what this caller may mean, and joining also frees her for the next. */
  private get burst(): boolean {
    return document.querySelector("#same [data-burst]") !== null;
  }

  private async sayDifferent(): Promise<void> {
    const { state } = this;
    const panel = document.getElementById("same");
    if (!state || !panel || !this.burst) return;
    try {
      await call("POST", `/meja/lembar/${state.id}/lain`, { body: {} });
    } catch (error) {
      this.message("problem", error instanceof Error ? error.message : String(error));
      return;
    }
    refresh(panel, 0);
    this.form?.focus("what");
  }

  // --- sending ---------------------------------------------------------------------------------------------------

  private async send(): Promise<void> {
    const { form, state, saver } = this;
    if (!form || !state || !saver || this.sending) return;
    if (this.incident) {
      await this.finish();
      return;
    }
    this.sending = true; // a second Ctrl+Enter while suggestions arrive is the same one
    await form.settled();
    this.sending = false;
    const values = form.values;
    form.complain("what", values.what.trim() || values.type ? "" : t("Isi dulu apa yang terjadi."));
    form.complain("where", values.where.trim() ? "" : t("Isi dulu di mana."));
    if (!(values.what.trim() || values.type) || !values.where.trim()) return;
    await this.deliver(`/meja/lembar/${state.id}/kirim`, { fields: values }, `${state.id}:kirim`, t("Mengirim…"));
  }

  /** Sends until the server has it; the key makes the tenth try the same act as the first. */
  private async deliver(url: string, body: Record<string, unknown>, key: string, words: string, joins = false): Promise<void> {
    const fields = body["fields"] as Fields;
    const sheet = this.state?.id;
    this.sending = true;
    this.drawActions();
    this.message("info", words);
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          const sent = await call<Sent>("POST", url, { body: { ...body, call: this.callId ?? null }, key });
          this.sent(sent, fields, joins);
          return;
        } catch (error) {
          if (!(error instanceof Refused) || !error.unreachable || sheet !== this.state?.id) throw error;
          this.message("problem", t("BELUM TERKIRIM – mencoba lagi ({n}). Isian tersimpan di komputer ini.", { n: attempt + 1 }));
          await new Promise((done) => setTimeout(done, RESEND_MS[Math.min(attempt, RESEND_MS.length - 1)]));
        }
      }
    } catch (error) {
      this.message("problem", error instanceof Error ? error.message : String(error));
    } finally {
      this.sending = false;
      this.drawActions();
    }
  }

  private sent(sent: Sent, fields: Fields, joined: boolean): void {
    this.follow({ id: sent.incident, number: sent.number, url: sent.url }, fields);
    this.sentAt = performance.now();
    this.dataset["sheet"] = "sent";
    this.form?.markNotesSent(linesToSend(fields.notes, [], true));
    if (!joined) this.form?.markAnswersSent(fields.answers);
    this.saver?.edited();
    if (joined) this.offerUndo(sent);
    else this.message("sent", t("Terkirim – #{number}. Lanjutkan tanya.", { number: sent.number }), sent.url);
    const named = { number: sent.number };
    say("done", (joined ? t("Pelapor bergabung ke #{number}", named) : t("Kejadian #{number} terkirim", named)) + (sent.agencies?.length ? ` → ${sent.agencies.join(", ")}` : ""));
    const progress = document.getElementById("progress");
    if (progress) {
      progress.dataset["only"] = `incident:${sent.incident}`;
      refresh(progress, 0);
    }
    const strip = document.getElementById("strip");
    if (strip) refresh(strip, 0);
    void this.amender?.amend(); // what was typed while the request was under way
  }

  private async finish(): Promise<void> {
    const { incident, state } = this;
    if (!incident || !state || performance.now() - this.sentAt < FINISH_GUARD_MS) return;
    if (this.isTalking) {
      this.message("sent", t("Terkirim – #{number}. Telepon masih tersambung; tutup dulu untuk menyelesaikan lembar.", { number: incident.number }), incident.url);
      return;
    }
    await this.amender?.sendNotes(true);
    await this.amender?.amend();
    await this.close(() => call("POST", `/meja/lembar/${state.id}/selesai`, { body: {} }));
  }

  /** A missed caller who did not pick up, or needed nothing more. */
  private async putAway(): Promise<void> {
    const { state } = this;
    if (state) await this.close(() => call("POST", `/meja/lembar/${state.id}/selesai`, { body: {} }));
  }

  private async close(act: () => Promise<unknown>): Promise<void> {
    const saver = this.saver;
    try {
      await this.reloadAfter(async () => {
        await act();
        saver?.close();
      }, false);
    } catch (error) {
      this.message("problem", error instanceof Error ? error.message : String(error));
      return;
    }
    document.getElementById("queue")?.focus();
  }

  // --- non-calls, joining, hanging up ----------------------------------------------------------------------------

  async disposeAs(kind: string): Promise<void> {
    const id = this.callId;
    if (!id) {
      say("problem", t("Tidak ada panggilan di lembar ini."));
      return;
    }
    await this.close(() => call("POST", `/meja/panggilan/${id}/bukan`, { body: { kind, sheet: this.state?.id ?? null }, key: `${id}:bukan` }));
  }

  private askJoin(): void {
    const first = this.firstSame();
    if (!first || !this.state || this.incident) {
      say("info", t("Tidak ada kejadian yang mungkin sama."));
      return;
    }
    const named = { number: first.dataset["number"] ?? "", title: first.dataset["title"] ?? "" };
    this.message("info", this.burst ? t("Gabung ke #{number} {title} dan tutup telepon? Enter = ya, Esc = tidak.", named) : t("Gabung ke #{number} {title}? Enter = ya, Esc = tidak.", named));
    openChord("join");
  }

  private firstSame(): HTMLElement | null {
    const focused = document.activeElement?.closest<HTMLElement>("[data-same]");
    return focused ?? document.querySelector<HTMLElement>("[data-same]");
  }

  private async join(incident: string): Promise<void> {
    const { form, state } = this;
    if (!form || !state || !incident) return;
    const number = this.firstSame()?.dataset["number"] ?? "";
    closeChord();
    if (this.burst) {
      await this.close(async () => {
        await call("POST", `/meja/lembar/${state.id}/soal`, { body: { incident, fields: form.values, call: this.callId ?? null }, key: `${state.id}:soal` });
        say("done", t("Pelapor #{number} bertambah. Siap untuk berikutnya.", { number }));
      });
      return;
    }
    await this.deliver(`/meja/lembar/${state.id}/gabung`, { incident, fields: form.values }, `${state.id}:gabung`, t("Menggabungkan…"), true);
  }

  /** Joined: what was typed went along. The wrong one is taken back here, and her sheet is a sheet again. */
  private offerUndo(sent: Sent): void {
    const box = this.message("sent", t("Bergabung ke #{number}. Lanjutkan tanya.", { number: sent.number }), sent.url);
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "button button-small";
    undo.dataset["undoJoin"] = "";
    undo.textContent = t("Batal gabung");
    undo.addEventListener("click", () => void this.undoJoin());
    box?.append(undo);
  }

  private async undoJoin(): Promise<void> {
    const { state } = this;
    if (!state) return;
    try {
      await call("POST", `/meja/lembar/${state.id}/pisah`, { body: {} });
      await this.reload(true);
    } catch (error) {
      this.message("problem", error instanceof Error ? error.message : String(error));
    }
  }

  private async hangUp(): Promise<void> {
    const id = this.callId;
    const leg = document.querySelector<HTMLElement>("#call-bar [data-hang-up-leg]"); // a call she made herself
    if (leg && !this.isTalking) leg.click();
    if (!id || !this.isTalking) return;
    try {
      await call("POST", `/meja/panggilan/${id}/tutup`, { body: {} });
    } catch (error) {
      this.message("problem", error instanceof Error ? error.message : String(error));
    }
  }

  /** Both have written in the same field: both texts are shown, and hers stays on the screen until she chooses. */
  private askWhichText(contested: readonly { unit: Unit; theirs: Fields }[]): void {
    const { form, saver } = this;
    const [first, ...later] = contested;
    if (!form || !saver || !first) return;
    const { unit, theirs } = first;
    const text = (fields: Fields) => String(fields[unit[0] ?? "what"] ?? "") || t("(kosong)");
    const box = this.message("problem", t("Dua orang mengisi kolom yang sama: “{mine}” di layar ini, “{theirs}” di layar lain. Mana yang dipakai?", { mine: text(form.values), theirs: text(theirs) }));
    const choose = (words: string, act: () => void) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-small";
      button.textContent = words;
      button.addEventListener("click", () => {
        this.message("info", "");
        act();
        saver.choose(unit, theirs);
        this.askWhichText(later);
      });
      box?.append(button);
    };
    choose(t("Yang di layar ini"), () => undefined);
    choose(t("Yang dari layar lain"), () => form.absorb(unit, theirs, true));
  }

  /** What the company of this sheet asks (company.ts). */
  get shared(): { version: number; field: string } | undefined {
    return this.saver && { version: this.saver.knownVersion, field: this.form?.caret()?.field ?? "" };
  }

  /** The other one's newest text. */
  takeTheirs(copy: ServerCopy): void {
    this.saver?.take(copy);
  }

  private askWhose(one: Contested, mine: () => void, theirs: () => void): void {
    const names: Record<string, string> = { type: t("Jenis"), place: t("Lokasi"), landmark: t("Patokan") };
    const named = { field: names[one.field] ?? "RT/RW", who: one.who, value: one.words };
    const box = this.message("problem", one.who ? t("{who} mengubah {field}: “{value}”. Isi mana yang benar?", named) : t("{field} sudah diubah: “{value}”. Isi mana yang benar?", named));
    const choice = (words: string, act: () => void) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-small";
      button.textContent = words;
      button.addEventListener("click", () => {
        this.message("info", "");
        act();
      });
      box?.append(button);
    };
    choice(t("Pakai isian saya"), mine);
    choice(t("Pakai yang tersimpan"), theirs);
  }

  private askWhichVersion(copy: ServerCopy): void {
    const box = this.message("problem", t("Lembar ini juga diubah di layar lain. Isian mana yang dipakai?"));
    const choose = (words: string, act: () => void) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-small";
      button.textContent = words;
      button.addEventListener("click", () => {
        this.message("info", "");
        act();
      });
      box?.append(button);
    };
    choose(t("Yang di layar ini"), () => this.saver?.adopt(copy.version));
    choose(t("Yang dari layar lain"), () => {
      this.form?.load(copy.fields, null);
      this.saver?.adopt(copy.version);
    });
  }

  // --- drawing ---------------------------------------------------------------------------------------------------

  private message(kind: "info" | "sent" | "problem", words: string, url?: string): HTMLElement | null {
    const box = this.querySelector<HTMLElement>("[data-message]");
    if (!box) return null;
    box.hidden = !words;
    box.dataset["kind"] = kind;
    box.replaceChildren(words);
    if (url) {
      const link = document.createElement("a");
      link.href = url;
      link.target = "_blank";
      link.textContent = t("Buka kejadian");
      box.append(link);
    }
    return box;
  }

  private drawDraft(words: string): void {
    const place = this.querySelector<HTMLElement>("[data-draft]");
    if (place) place.textContent = words;
  }

  private drawActions(): void {
    const send = this.querySelector<HTMLElement>("[data-send]");
    const words = this.querySelector<HTMLElement>("[data-send-words]");
    if (send && words) {
      words.textContent = this.incident ? t("Selesai, siap lagi") : t("Kirim sekarang");
      send.setAttribute("aria-busy", String(this.sending));
      send.setAttribute("aria-disabled", String(this.sending || (this.incident !== undefined && this.isTalking)));
    }
    const hangUp = this.querySelector<HTMLElement>("[data-hang-up]");
    if (hangUp) hangUp.hidden = !this.isTalking;
    const calledBack = this.querySelector<HTMLElement>("[data-called-back-done]");
    if (calledBack) calledBack.hidden = this.incident !== undefined || !document.querySelector("#call-now[data-called-back]");
    const joinButton = this.querySelector<HTMLElement>("[data-join-first]");
    const first = this.firstSame();
    if (joinButton) {
      joinButton.hidden = !first || this.incident !== undefined;
      const label = joinButton.querySelector("[data-join-words]");
      if (label && first) label.textContent = t("Gabung ke #{number}", { number: first.dataset["number"] ?? "" });
    }
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-non-call]")) button.disabled = !this.callId || this.incident !== undefined;
  }

  private clicked(target: Element): void {
    if (target.closest("[data-new-sheet]")) void this.open();
    else if (target.closest("[data-send]")) void this.send();
    else if (target.closest("[data-called-back-done]")) void this.putAway();
    else if (target.closest("[data-hang-up]")) void this.hangUp();
    else if (target.closest("[data-join-first]")) this.askJoin();
  }

  private bindKeys(): void {
    handle("what", () => void this.open());
    handle("where", () => this.form?.focus("where"));
    handle("send", () => void this.send());
    handle("hang_up", () => void this.hangUp());
    handle("join", () => this.askJoin());
    handle("different", () => void this.sayDifferent());
    handle("join_yes", () => void this.join(this.firstSame()?.dataset["same"] ?? ""));
    for (let index = 0; index < 4; index++) {
      handle(`hazard_${index + 1}`, () => this.form?.toggleHazardAt(index));
      handle(`answer_${index + 1}`, () => this.form?.interview.answerAt(index) ?? false);
    }
    handle("answer_skip", () => this.form?.interview.skip() ?? false);
    handle("instruction_told", () => this.form?.interview.told() ?? false);
    onEscape(() => this.form?.closeLists() ?? false);
    document.addEventListener("siaga:chord", (event) => {
      const closed = (event as CustomEvent<{ closed?: string }>).detail.closed;
      if (closed === "join" && !this.sending && !this.incident) this.message("info", "");
    });
    document.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-join]");
      if (button) this.askJoin();
      if ((event.target as Element).closest("[data-different]")) void this.sayDifferent();
    });
  }
}
