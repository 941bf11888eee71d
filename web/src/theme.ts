// Theme and language are cookies: the server draws the next page with them, so nothing flashes while loading.
import { t } from "./words";

const YEAR_S = 31_536_000;
const THEMES = ["auto", "dark", "light"] as const;
const ICONS = { auto: "device", dark: "moon", light: "sun" } as const;
type Theme = (typeof THEMES)[number];

function keep(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
}

function showTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  const button = document.getElementById("theme");
  if (!button) return;
  button.dataset["themeNow"] = theme;
  const use = button.querySelector("use");
  use?.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*/, `#${ICONS[theme]}`));
  button.title = { auto: t("Tema: ikut perangkat"), dark: t("Tema: gelap"), light: t("Tema: terang") }[theme];
}

export function startSwitches(): void {
  const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("siaga-theme") : undefined;
  channel?.addEventListener("message", (event: MessageEvent<Theme>) => showTheme(event.data));
  document.getElementById("theme")?.addEventListener("click", (event) => {
    const now = (event.currentTarget as HTMLElement).dataset["themeNow"] as Theme;
    const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? "auto";
    keep("siaga_theme", next);
    showTheme(next);
    channel?.postMessage(next); // the second screen of the same desk changes with it
  });
  for (const button of document.querySelectorAll<HTMLElement>("[data-language]")) {
    button.addEventListener("click", () => {
      keep("siaga_lang", button.dataset["language"] ?? "id");
      location.reload();
    });
  }
}
