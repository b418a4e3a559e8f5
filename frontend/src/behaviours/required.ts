import { t } from "../i18n";

/** A field marked data-required-when="other field=value" is required, and says so, while that is chosen. */
export function listenToRequired(): void {
  document.addEventListener("change", (event) => {
    const form = (event.target as HTMLInputElement).form;
    form?.querySelectorAll<HTMLInputElement>("[data-required-when]").forEach((field) => settle(field, form));
  });
}

function settle(field: HTMLInputElement, form: HTMLFormElement): void {
  const [name = "", value] = (field.dataset["requiredWhen"] ?? "").split("=");
  field.required = new FormData(form).get(name) === value;
  const mark = field.labels?.[0]?.querySelector(".must");
  if (mark) mark.textContent = `(${field.required ? t("required") : t("optional")})`;
}
