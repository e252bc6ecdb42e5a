import Conduct
import Pages
import StudyModel

/// Saving what a page posted, and every page that can follow.
enum FormSaving {
  static func answer(_ call: Call) async throws -> Answer {
    let page = try await FormEntryPage(call)
    guard page.isWritable else { throw ActRefusal.notFound }
    if call.form["_conflict"] != nil { return resolved(call, page) }
    let boxes = call.form
    let isFinal = boxes["act"] != "draft"
    let reason = reason(boxes)
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
        page.key, page.form.id, page.visit.code,
        EntrySubmission(
          answers: page.filled.answers(of: boxes),
          expectedVersion: Int(boxes["_version"] ?? "") ?? 0, isFinal: isFinal, reason: reason),
        as: page.actor)
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
      return .page(conflict(call, page, boxes).page(), status: 412)
    }
    return isFinal
      ? .see("\(page.visitAddress)?note=submitted") : .see("\(page.address)?note=draft")
  }

  private static func reason(_ boxes: FormFields) -> String {
    [boxes["_reason"] ?? "", boxes["_reason_text"] ?? ""].filter { !$0.isEmpty }
      .joined(separator: ": ")
  }

  // MARK: Two people at one form

  private static let carried = "_typed."

  /// Both versions, field by field; nothing is chosen beforehand.
  private static func conflict(
    _ call: Call, _ page: FormEntryPage, _ boxes: FormFields
  ) -> ConflictModel {
    let typed = page.filled.answers(of: boxes)
    let rows = page.form.fields.filter {
      !$0.isCalculated && typed[$0.id] != page.entry.answers[$0.id]
    }
    let time = page.entry.enteredAt.map { Times.full($0, page.clock.zoneName) } ?? ""
    return ConflictModel(
      frame: call.site.frame(for: call), back: Link(text: page.form.title, href: page.address),
      key: page.key.text, formTitle: "\(page.form.title), \(page.visit.code.text)",
      savedBy: "\(page.entry.author) saved version \(page.entry.version) on \(time)",
      rows: rows.map {
        ConflictRow(
          field: $0.id.text, label: $0.label, stored: page.words(page.entry.answers[$0.id], $0),
          typed: page.words(typed[$0.id], $0))
      }, form: call.target(page.address, version: page.entry.version),
      carried: [CarriedValue(name: "_conflict", value: "1")]
        + boxes.pairs.filter { !$0.name.hasPrefix("_") && $0.name != "act" }
        .map { CarriedValue(name: carried + $0.name, value: $0.value) })
  }

  /// The form again with the chosen values, to be read once more and saved.
  private static func resolved(_ call: Call, _ page: FormEntryPage) -> Answer {
    let typed = FormFields(
      call.form.pairs.filter { $0.name.hasPrefix(carried) }
        .map { (String($0.name.dropFirst(carried.count)), $0.value) })
    let answers = page.filled.answers(of: typed)
    var merged = page.entry.answers
    for field in page.form.fields where !field.isCalculated {
      guard answers[field.id] != page.entry.answers[field.id] else { continue }
      switch call.form[field.id.text] {
      case "typed": merged[field.id] = answers[field.id]
      case "stored": continue
      default: return .page(conflict(call, page, typed).page(), status: 422)
      }
    }
    var model = page.refused(page.filled.boxes(of: merged), faults: [])
    model.saved = "Not saved yet. Read the chosen values once more and submit."
    return .page(model.page())
  }
}
