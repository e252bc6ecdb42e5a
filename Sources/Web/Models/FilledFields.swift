import Foundation
import Pages
import StudyModel

/// Stored answers as the boxes of a page, and the boxes of a page as answers.
///
/// Both directions use the same names, so that what was typed can be shown again untouched.
struct FilledFields {
  let form: Form
  let clock: SiteClock

  /// The boxes of stored answers.
  func boxes(of answers: [FieldID: FieldAnswer]) -> FormFields {
    var pairs: [(name: String, value: String)] = []
    for field in form.fields {
      guard let answer = answers[field.id] else { continue }
      let name = field.id.text
      switch answer {
      case .missing(let code, let reason):
        pairs.append((name + ".missing", code.rawValue))
        pairs.append((name + ".missing_reason", reason ?? ""))
      case .value(let text): pairs += boxes(of: text, field)
      }
    }
    return FormFields(pairs)
  }

  private func boxes(of text: String, _ field: Field) -> [(name: String, value: String)] {
    let name = field.id.text
    switch field.type {
    case .date, .partialDate: return dateBoxes(name, text)
    case .dateTime:
      guard let instant = try? UTCInstant(parsing: text) else { return [] }
      let date = clock.date(at: instant)
      return dateBoxes(name, date.description) + [(name + ".time", localTime(instant))]
    case .multi: return text.split(separator: ",").map { (name, String($0)) }
    case .boolean: return [(name, text == "true" ? "Y" : text == "false" ? "N" : "")]
    case .integer, .decimal, .code, .time, .text, .userReference, .calculated:
      return [(name, text)]
    }
  }

  private func dateBoxes(_ name: String, _ text: String) -> [(name: String, value: String)] {
    let parts = text.split(separator: "-").map(String.init)
    return [
      (name + ".day", parts.count > 2 ? parts[2] : ""),
      (name + ".month", parts.count > 1 ? parts[1] : ""),
      (name + ".year", parts.first ?? ""),
    ]
  }

  private func localTime(_ instant: UTCInstant) -> String {
    let local = instant.microsecondsSince1970 / 1_000_000 + Int64(clock.offsetSeconds(at: instant))
    let minutes = Int(((local % 86_400) + 86_400) % 86_400 / 60)
    return Self.two(minutes / 60) + ":" + Self.two(minutes % 60)
  }

  /// The answers of the boxes: what cannot be read stays a text that the form's check refuses.
  func answers(of boxes: FormFields) -> [FieldID: FieldAnswer] {
    var answers: [FieldID: FieldAnswer] = [:]
    for field in form.fields where !field.isCalculated {
      let name = field.id.text
      if let code = boxes[name + ".missing"].flatMap(MissingCode.init(rawValue:)) {
        let reason = (boxes[name + ".missing_reason"] ?? "").trimmingCharacters(in: .whitespaces)
        answers[field.id] = .missing(code, reason: reason.isEmpty ? nil : reason)
      } else if let text = text(of: field, boxes), !text.isEmpty {
        answers[field.id] = .value(text)
      }
    }
    return answers
  }

  /// The fields that carry both a value and a reason for none.
  func doubled(_ boxes: FormFields) -> [Field] {
    form.fields.filter { field in
      !(boxes[field.id.text + ".missing"] ?? "").isEmpty && text(of: field, boxes) != nil
        && !field.isCalculated
    }
  }

  private func text(of field: Field, _ boxes: FormFields) -> String? {
    let name = field.id.text
    switch field.type {
    case .date, .partialDate: return DateBoxes(boxes, clock).date(name)
    case .dateTime:
      let typed = DateBoxes(boxes, clock)
      guard let date = typed.date(name) else { return nil }
      return typed.instant(name)?.description ?? "\(date) \(typed.time(name))"
    case .multi:
      let chosen = boxes.all(name).filter { !$0.isEmpty }
      return chosen.isEmpty ? nil : chosen.joined(separator: ",")
    case .boolean:
      switch boxes[name] {
      case "Y": return "true"
      case "N": return "false"
      default: return nil
      }
    case .text:
      let text = (boxes[name] ?? "").replacing("\r\n", with: "\n")
      return text.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty ? nil : text
    case .integer, .decimal, .code, .time, .userReference, .calculated:
      let text = (boxes[name] ?? "").trimmingCharacters(in: .whitespaces)
      return text.isEmpty ? nil : text
    }
  }

  private static func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
}

/// The boxes of dates and times as they were typed at a site.
struct DateBoxes {
  private let boxes: FormFields
  private let clock: SiteClock

  init(_ boxes: FormFields, _ clock: SiteClock) {
    self.boxes = boxes
    self.clock = clock
  }

  /// The date of the boxes, nil when all are empty.
  func date(_ name: String) -> String? {
    let parts = ["day", "month", "year"].map {
      (boxes["\(name).\($0)"] ?? "").trimmingCharacters(in: .whitespaces)
    }
    guard parts.contains(where: { !$0.isEmpty }) else { return nil }
    // A day without its month must not be read as a month: it stays what no date is.
    guard parts[0].isEmpty || !parts[1].isEmpty, !parts[2].isEmpty else {
      return [parts[2], parts[1], parts[0]].joined(separator: "-")
    }
    let written = [parts[2], Self.padded(parts[1]), Self.padded(parts[0])].filter { !$0.isEmpty }
    return written.joined(separator: "-")
  }

  /// The time as typed.
  func time(_ name: String) -> String {
    (boxes[name + ".time"] ?? "").trimmingCharacters(in: .whitespaces)
  }

  /// The boxes as they are shown again.
  func typed(_ name: String) -> DateText {
    DateText(
      day: boxes["\(name).day"] ?? "", month: boxes["\(name).month"] ?? "",
      year: boxes["\(name).year"] ?? "", time: boxes["\(name).time"] ?? "")
  }

  /// The UTC instant of the local date and time, nil when there is no such local time.
  func instant(_ name: String) -> UTCInstant? {
    guard let date = date(name) else { return nil }
    let time = time(name)
    let padded = time.utf8.count == 4 ? "0" + time : time
    guard let asUTC = try? UTCInstant(parsing: "\(date)T\(padded)Z") else { return nil }
    let guess = asUTC.advanced(bySeconds: -Int64(clock.offsetSeconds(at: asUTC)))
    let instant = asUTC.advanced(bySeconds: -Int64(clock.offsetSeconds(at: guess)))
    let back = instant.advanced(bySeconds: Int64(clock.offsetSeconds(at: instant)))
    return back == asUTC ? instant : nil
  }

  private static func padded(_ text: String) -> String { text.utf8.count == 1 ? "0" + text : text }
}
