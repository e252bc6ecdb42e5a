public import Markup

extension ExportsModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Exports" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Exports", chip: contentClass)
    page.faultSummary(faults)
    if isDummy {
      page.element(.p, .class("dummy"), text: "The arms are random here: DUMMY=Y in every record.")
    }
    page.factsCard(facts)
    if let progress { page.exportProgress(progress) }
    page.part("Files") { page in
      if files.isEmpty {
        page.nothing("No export yet. The form below makes one.")
      } else {
        page.workTable(
          "Files of this export", columns: ["File", "Rows", "Size", "SHA-256", "Validator"],
          rows: files.map { file in
            [
              .link(Link(text: file.name, href: file.href)), .number(file.rows),
              .number(file.size), .code(file.hash),
              file.finding.isEmpty ? .chip(.state(.good, "no fault")) : .text(file.finding),
            ]
          }, class: "dense files")
      }
      if !manifestHash.isEmpty {
        page.element(.p) { page in
          page.text("Manifest ")
          page.element(.code, .class("hash"), .data("copy"), text: manifestHash)
        }
      }
      if let download { page.actLink(download, kind: create == nil ? .primary : .plain) }
    }
    if !notes.isEmpty {
      page.part("Notes") { page in
        page.element(.ul) { page in for note in notes { page.element(.li, text: note) } }
      }
    }
    if let create { page.act(create) }
    if let earlier { page.part("Earlier exports") { page in page.dataTable(earlier) } }
  }
}

extension Markup {
  fileprivate mutating func exportProgress(_ progress: ExportProgress) {
    element(.section, .class("card"), .label("Export in progress")) { page in
      page.element(
        .p, .role("status"),
        text: "Making the export: \(progress.done) of \(progress.count) files, \(progress.left)."
      )
      page.element(
        .progress, .label("Files made"), .maximum(max(progress.count, 1)),
        .amount(progress.done), text: "\(progress.done) of \(progress.count)")
      page.links([progress.refresh])
      if let cancel = progress.cancel {
        page.form(cancel) { page in page.button("Stop the export") }
      }
    }
  }
}
