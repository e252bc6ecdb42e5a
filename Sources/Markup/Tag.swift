/// An element, from the closed list of those that pages and pictures use.
public enum Tag: String, Sendable, CaseIterable {
  // Documents and pages.
  case html, head, body, title, meta, link, script, template, header, nav, main, footer, section,
    aside, article, h1, h2, h3, h4, p, div, span, a, strong, em, small, s, code, time, br, hr, ul,
    ol, li, dl, dt, dd, table, caption, thead, tbody, tfoot, tr, th, td, form, fieldset, legend,
    label, input, select, option, textarea, button, details, summary, dialog, progress, figure,
    figcaption, blockquote
  // Pictures.
  case svg, g, line, rect, circle, text, polyline, polygon, desc

  /// Whether the element has neither content nor an end.
  var isVoid: Bool { Tag.voids.contains(self) }

  /// Whether a line ends after it, so that the source of a page can be read.
  var endsLine: Bool { !Tag.inline.contains(self) }

  private static let voids: Set<Tag> = [.meta, .link, .br, .hr, .input]

  private static let inline: Set<Tag> = [
    .span, .a, .strong, .em, .small, .s, .code, .time, .label, .option, .button, .text,
  ]
}
