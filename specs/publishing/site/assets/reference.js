// Shows the page's own document with Redoc, in the colours that the reader's system asks for.
"use strict";

(() => {
  const holder = document.getElementById("reference");
  const header = document.querySelector(".top");
  const description = JSON.parse(document.getElementById("document").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const LIGHT = {
    page: "#fbfaf8", raised: "#f1efeb", ink: "#1d1f21", soft: "#55595e", line: "#d9d5cd",
    accent: "#0b5764", solid: "#0b5764", good: "#1c6438", bad: "#9a1f1f", warn: "#7a4a00", plain: "#4a4f9b",
    panel: "#1b2327", panelInk: "#f3f1ec", block: "#12181b",
  };
  const DARK = {
    page: "#14171a", raised: "#1d2226", ink: "#e9e6e0", soft: "#aeb3b8", line: "#353c42",
    accent: "#7fcfdd", solid: "#0f7683", good: "#86d3a0", bad: "#f2a09a", warn: "#ecc27a", plain: "#b5b9f5",
    panel: "#0e1113", panelInk: "#e9e6e0", block: "#1a1f22",
  };
  // Method labels are white on these, in both themes.
  const METHODS = {
    get: "#1c6438", post: "#0b5764", put: "#7a4a00", delete: "#9a1f1f", patch: "#7a4a00",
    options: "#55595e", head: "#55595e", basic: "#55595e", link: "#55595e",
  };

  // Redoc writes white on the solid colour and the solid colour on white.
  const tone = (c, name) => ({ main: c[name], light: c[name], dark: c[name], contrastText: c.page });
  const answer = (c, name) => ({ color: c[name], backgroundColor: c.raised, tabTextColor: c.panelInk });

  const theme = (c) => ({
    spacing: { sectionVertical: 28, sectionHorizontal: 36 },
    breakpoints: { small: "50rem", medium: "75rem", large: "90rem" },
    colors: {
      primary: tone(c, "solid"), success: tone(c, "good"), warning: tone(c, "warn"), error: tone(c, "bad"),
      text: { primary: c.ink, secondary: c.soft },
      gray: { 50: c.raised, 100: c.raised },
      border: { dark: c.line, light: c.line },
      responses: {
        success: answer(c, "good"), error: answer(c, "bad"),
        redirect: answer(c, "warn"), info: answer(c, "plain"),
      },
      http: METHODS,
    },
    schema: {
      linesColor: c.line, typeNameColor: c.soft, typeTitleColor: c.soft, requireLabelColor: c.bad,
      nestedBackground: c.raised, arrow: { color: c.soft },
    },
    typography: {
      fontSize: "16px", lineHeight: "1.55", fontFamily: "var(--sans)", optimizeSpeed: false, smoothing: "auto",
      headings: { fontFamily: "var(--sans)", fontWeight: "650", lineHeight: "1.25" },
      code: { fontFamily: "var(--mono)", fontSize: "0.875em", color: c.ink, backgroundColor: c.raised, wrap: true },
      links: { color: c.accent, visited: c.accent, hover: c.ink, textDecoration: "underline", hoverTextDecoration: "underline" },
    },
    sidebar: {
      width: "17rem", backgroundColor: c.page, textColor: c.ink, activeTextColor: c.accent,
      groupItems: { activeBackgroundColor: c.raised, activeTextColor: c.accent, textTransform: "none" },
      level1Items: { activeBackgroundColor: c.raised, activeTextColor: c.accent, textTransform: "none" },
      arrow: { color: c.soft },
    },
    rightPanel: {
      backgroundColor: c.panel, textColor: c.panelInk, width: "38%",
      servers: { overlay: { backgroundColor: c.raised, textColor: c.ink }, url: { backgroundColor: c.page } },
    },
    codeBlock: { backgroundColor: c.block },
    fab: { backgroundColor: c.raised, color: c.accent },
  });

  function show() {
    const target = document.createElement("div");
    holder.replaceChildren(target);
    holder.setAttribute("aria-busy", "true");
    const options = {
      theme: theme(dark.matches ? DARK : LIGHT),
      disableSearch: true,
      downloadUrls: [
        { title: "YAML", url: "openapi.yaml" },
        { title: "JSON", url: "openapi.json" },
        { title: "Portable edition", url: "portable/openapi.yaml" },
      ],
      expandResponses: "200,201,202,204",
      hideSchemaTitles: true,
      jsonSamplesExpandLevel: "all",
      maxDisplayedEnumValues: 12,
      nativeScrollbars: true,
      pathInMiddlePanel: true,
      // The body is shown after the samples, which hold it.
      payloadSampleIdx: 9,
      scrollYOffset: () => Math.max(0, header.getBoundingClientRect().bottom),
      simpleOneOfTypeLabel: true,
    };
    const start = named();
    window.Redoc.init(description, options, target, (error) => {
      holder.setAttribute("aria-busy", "false");
      if (error) throw error;
      const section = start && document.getElementById(start);
      if (section) section.scrollIntoView();
    });
  }

  // Redoc reads the address too, and stops where it is no text.
  function named() {
    try {
      return decodeURIComponent(window.location.hash.slice(1));
    } catch {
      window.history.replaceState(null, "", window.location.pathname);
      return "";
    }
  }

  dark.addEventListener("change", show);
  show();
})();
