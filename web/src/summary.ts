// What is wrong with a form is read first, and each field it names says so too.
export function startSummary(): void {
  const summary = document.querySelector<HTMLElement>("[data-summary]");
  if (!summary) return;
  for (const link of summary.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')) {
    const field = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) continue;
    link.id ||= `problem-${field.id}`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-errormessage", link.id);
    // Not every reader knows aria-errormessage, so the field is described by it as well, after its hint.
    field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), link.id].filter(Boolean).join(" "));
  }
  summary.focus();
  // An address that ends in a place on the page takes the focus there once the page is loaded; this comes after it.
  addEventListener("load", () => setTimeout(() => summary.focus()), { once: true });
}
