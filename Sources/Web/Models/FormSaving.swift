import Conduct
import Pages
import StudyModel

/// Saving what a page posted, and every page that can follow.
enum FormSaving {
  static func answer(_ call: Call) async throws -> Answer {
    let page = try await FormEntryPage(call)
    guard page.isWriter else { throw ActRefusal.notFound }
    guard page.isWritable else { return page.again(.closed) }
    if call.form["_conflict"] != nil { return resolved(call, page) }
    let boxes = call.form
    let version = Int(boxes["_version"] ?? "") ?? 0
    if boxes["act"] == "draft" { return try await keepDraft(call, page, version) }
    let doubled = page.filled.doubled(boxes).map {
      Pages.Fault(
        field: $0.id.text,
        sentence: "\($0.label): there is a value and a reason for none. Keep one of them.")
    }
    guard doubled.isEmpty else {
      return .page(page.refused(boxes, faults: doubled).page(), status: 422)
    }
    if page.entry.isSubmitted, page.changes(to: boxes).isEmpty {
      let fault = Pages.Fault(field: "", sentence: "Nothing differs from what is saved.")
      return .page(page.refused(boxes, faults: [fault]).page(), status: 422)
    }
    do {
      _ = try await call.installation.saveEntry(
        page.key, page.form.id, page.place.visit, number: page.place.number,
        EntrySubmission(
          answers: page.filled.answers(of: boxes), expectedVersion: version, isFinal: true,
          reason: reason(boxes), formOf: call.formDay), as: page.actor)
    } catch ActRefusal.invalid(let faults) {
      return .page(page.refused(boxes, faults: faults.map(\.shown)).page(), status: 422)
    } catch ActRefusal.reasonMissing {
      let sentence = "Choose why the value changes."
      let model = page.refused(
        boxes, faults: [Pages.Fault(field: "_reason", sentence: sentence)], reasonFault: sentence)
      return .page(model.page(), status: 422)
    } catch ActRefusal.unchanged {
      let fault = Pages.Fault(field: "", sentence: ActRefusal.unchanged.sentence)
      return .page(page.refused(boxes, faults: [fault]).page(), status: 422)
    } catch ActRefusal.stale {
      return try await disputed(call, boxes)
    } catch ActRefusal.closed {
      return try await FormEntryPage(call).again(.closed)
    }
    return .see(
      (page.form.isRepeating ? page.place.listAddress : page.place.visitAddress)
        + "?note=submitted")
  }

  // MARK: Drafts

  private static func keepDraft(
    _ call: Call, _ page: FormEntryPage, _ version: Int
  ) async throws -> Answer {
    do {
      _ = try await call.installation.keepDraft(
        page.key, page.form.id, page.place.visit, number: page.place.number, version: version,
        typed: call.form.typed, as: page.actor)
    } catch ActRefusal.stale {
      return try await disputed(call, call.form)
    }
    let change = page.entry.isSubmitted ? "&change=1" : ""
    return .see(page.place.address("", "note=draft" + change))
  }

  /// What the script of the page keeps while somebody types; answered with the words to show.
  static func autosave(_ call: Call) async throws -> Answer {
    let actor = try call.actor
    let place = try EntryPlace(call)
    let at = try await call.installation.keepDraft(
      place.key, place.form, place.visit, number: place.number,
      version: Int(call.form["_version"] ?? "") ?? 0, typed: call.form.typed, as: actor)
    let time = Times.clock(at, call.site.zone(of: actor))
    return Answer(
      status: 200, type: "text/plain; charset=utf-8",
      body: Array("Draft kept \(time). Only you see it; it is not saved as data.".utf8))
  }

  static func discard(_ call: Call) async throws -> Answer {
    let place = try EntryPlace(call)
    try await call.installation.discardDraft(
      place.key, place.form, place.visit, number: place.number, as: try call.actor)
    return .see(place.address("", "note=discarded"))
  }

  private static func reason(_ boxes: FormFields) -> String {
    [boxes["_reason"] ?? "", boxes["_reason_text"] ?? ""].filter { !$0.isEmpty }
      .joined(separator: ": ")
  }

  // MARK: Two people at one form

  private static let carried = "_typed."

  /// Read again, since what stands now was saved after this request began.
  private static func disputed(_ call: Call, _ boxes: FormFields) async throws -> Answer {
    let page = try await FormEntryPage(call)
    let base = Int(boxes["_base"] ?? boxes["_version"] ?? "") ?? -1
    return .page(conflict(call, page, boxes, base).page(), status: 412)
  }

  /// Both versions, field by field; nothing both changed is chosen beforehand.
  private static func conflict(
    _ call: Call, _ page: FormEntryPage, _ boxes: FormFields, _ base: Int
  ) -> ConflictModel {
    let conflict = page.file.conflict(with: page.filled.answers(of: boxes), readAt: base)
    let time = conflict.savedAt.map { Times.full($0, page.clock.zoneName) } ?? ""
    return ConflictModel(
      frame: call.site.frame(for: call), back: Link(text: page.form.title, href: page.address),
      key: page.key.text, formTitle: page.place.title(page.form),
      savedBy: conflict.isOfNoVersion || conflict.author.isEmpty
        ? String(conflict.happened.dropLast())
        : "\(conflict.author) saved version \(conflict.version) on \(time)",
      rows: conflict.differences.filter(\.isDisputed).map {
        ConflictRow(
          field: $0.field.id.text, label: $0.field.label, stored: page.words($0.stored, $0.field),
          typed: page.words($0.typed, $0.field), before: page.words($0.before, $0.field))
      }, form: call.target(page.address, version: page.entry.version),
      carried: [
        CarriedValue(name: "_conflict", value: "1"),
        CarriedValue(name: "_base", value: String(base)),
      ]
        + boxes.pairs.filter { !$0.name.hasPrefix("_") && $0.name != "act" }
        .map { CarriedValue(name: carried + $0.name, value: $0.value) },
      taken: conflict.differences.filter { !$0.isDisputed }.map {
        let words = page.words($0.stored, $0.field)
        return Fact(name: $0.field.label, value: words.isEmpty ? "–" : words)
      })
  }

  /// The form again with the chosen values, to be read once more and saved.
  private static func resolved(_ call: Call, _ page: FormEntryPage) -> Answer {
    let typed = FormFields(
      call.form.pairs.filter { $0.name.hasPrefix(carried) }
        .map { (String($0.name.dropFirst(carried.count)), $0.value) })
    let base = Int(call.form["_base"] ?? "") ?? -1
    let version = Int(call.form["_version"] ?? "") ?? -1
    let conflict = page.file.conflict(with: page.filled.answers(of: typed), readAt: base)
    // Saved once more since the two were shown: shown again.
    guard version == page.entry.version else {
      return .page(Self.conflict(call, page, typed, base).page(), status: 412)
    }
    var merged = page.entry.answers
    for difference in conflict.differences where difference.isDisputed {
      switch call.form[difference.field.id.text] {
      case "typed": merged[difference.field.id] = difference.typed
      case "stored": continue
      default: return .page(Self.conflict(call, page, typed, base).page(), status: 422)
      }
    }
    var model = page.refused(
      page.filled.boxes(of: merged), faults: [], version: page.entry.version)
    model.saved = "Not saved yet. Read the chosen values once more and submit."
    return .page(model.page())
  }
}
