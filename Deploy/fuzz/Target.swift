import Foundation
import StudyExchange
import StudyLanguage
import StudyModel

@testable import Passkeys

/// What strangers hand in, and what must hold whatever they hand in.
///
/// A broken promise ends the process, which the fuzzer keeps as a finding; so does a crash.
enum Target: String, CaseIterable {
  /// A formula of the definition language.
  case formula
  /// A study definition.
  case definition
  /// A definition of another system: ODM, REDCap's project or its dictionary.
  case exchange
  /// A table of data.
  case table
  /// Files and boxes as a browser sends them.
  case upload
  /// What an authenticator and a browser hand over of a passkey.
  case passkey
  /// A day, an instant, a number.
  case value
  /// What the database sends in its own form.
  case row
  /// Bodies and cookies of requests.
  case request
  /// Entries, schemes, receipts and heads of an allocation ledger.
  case ledger
  /// A whole ledger with what was revealed of it.
  case bundle
  /// What a provider of sign-ins sends.
  case provider
  /// The bytes of a connection: heads of requests, and what follows them.
  case head
  /// A body that comes in chunks.
  case chunk

  static let chosen =
    ProcessInfo.processInfo.environment["EQUIPOISE_FUZZ"]
    .flatMap(Target.init) ?? .formula

  func take(_ bytes: [UInt8]) {
    switch self {
    case .formula: Self.formula(String(decoding: bytes, as: UTF8.self))
    case .definition: Self.definition(String(decoding: bytes, as: UTF8.self))
    case .exchange: Self.exchange(bytes)
    case .table: Self.table(bytes)
    case .upload: Self.upload(bytes)
    case .passkey: Self.passkey(bytes)
    case .value: Self.value(String(decoding: bytes, as: UTF8.self))
    case .row: Self.row(bytes)
    case .request: Self.request(bytes)
    case .ledger: Self.ledger(bytes)
    case .bundle: Self.bundle(bytes)
    case .provider: Self.provider(bytes)
    case .head: Self.head(bytes)
    case .chunk: Self.chunk(bytes)
    }
  }

  /// Refused at a place with a sentence, or worked out twice alike within the limit of steps.
  private static func formula(_ text: String) {
    do throws(FormulaFault) {
      let formula = try Formula(parsing: text)
      precondition(formula.steps <= Formula.mostSteps, "more steps than allowed")
      let value = formula.value(in: Surroundings.known)
      precondition(formula.value(in: Surroundings.known) == value, "two values of one formula")
      precondition(formula.truth(in: Surroundings.known) == value.truthValue, "truth is the value")
      _ = formula.value(in: FormulaEnvironment(clocks: .none))
    } catch {
      precondition(error.column >= 1 && !error.sentence.isEmpty, "a refusal without place")
    }
  }

  /// Read, or every fault at a place inside the text; what is read is written and read alike.
  private static func definition(_ text: String) {
    do throws(DefinitionFaults) {
      let study = try StudyDefinition(yaml: text)
      // What the writer cannot spell it says.
      guard let written = try? study.yaml() else { return }
      precondition((try? StudyDefinition(yaml: written)) == study, "differs once it is written")
    } catch {
      // YAML knows five line breaks, and the end of the text may count as one more line.
      let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]
      let lines = text.unicodeScalars.count { breaks.contains($0) } + 2
      precondition(!error.faults.isEmpty, "refused for nothing")
      for fault in error.faults {
        precondition(fault.column >= 1 && !fault.sentence.isEmpty, "a fault without place")
        precondition((1...lines).contains(fault.line), "a fault outside of the text")
      }
    }
  }

  /// Refused in a sentence, or a draft that reads or tells its faults.
  private static func exchange(_ bytes: [UInt8]) {
    do throws(ExchangeRefusal) {
      let draft = try StudyImport(bytes, name: "fuzz")
      precondition(draft.study != nil || !draft.report.faults.isEmpty, "a silent draft")
    } catch {
      precondition(error.sentence.hasSuffix("."), "a refusal without a sentence")
    }
  }

  /// Refused at a row, or rows that each have every column.
  private static func table(_ bytes: [UInt8]) {
    do throws(CSVRefusal) {
      let text = try CSVImport.text(bytes, most: 1 << 20)
      let header = CSVImport.header(text)
      for row in try CSVImport(text, columns: header).rows {
        precondition(row.line > 1 && row.values.count == header.count, "a row without a column")
      }
    } catch {
      precondition(error.faults.allSatisfy { $0.row >= 1 && !$0.sentence.isEmpty }, "no place")
    }
  }
}

extension Target {
  /// Refused, or parts that each have a name.
  private static func upload(_ bytes: [UInt8]) {
    guard let body = MultipartBody(bytes, boundary: "xyz") else { return }
    precondition(body.fields.count + body.files.count <= MultipartBody.mostParts, "too many parts")
    precondition(body.fields.allSatisfy { !$0.name.isEmpty }, "a box without a name")
    precondition(
      body.files.allSatisfy { !$0.name.isEmpty && !$0.name.contains("/") }, "a path as a name")
  }
}

extension Target {
  /// Refused, or read twice alike; what is told of a passkey lies within the bytes.
  private static func passkey(_ bytes: [UInt8]) {
    let value = try? CBORValue(reading: bytes)
    precondition((try? CBORValue(reading: bytes)) == value, "two values of the same bytes")
    for part in [bytes, value?["authData"]?.asBytes ?? []] {
      guard let data = try? AuthenticatorData(reading: part) else { continue }
      precondition(data.serverDigest.count == 32, "no digest")
      guard let credential = data.credential else { continue }
      precondition((try? CBORValue(reading: credential.keyBytes)) != nil, "a key that is no value")
      precondition(
        credential.id.count + credential.keyBytes.count + 55 <= part.count, "more than there is")
    }
    if let challenge = ClientData.challenge(in: bytes) {
      precondition(Base64URL.bytes(Base64URL.text(challenge)) == challenge, "two spellings")
    }
  }
}

/// Values a formula may meet.
enum Surroundings {
  static let known: FormulaEnvironment = {
    func field(_ name: String) -> FieldID {
      guard let id = try? FieldID(parsing: name) else { fatalError("a name of the fuzzer") }
      return id
    }
    var own: [FieldID: FormulaValue] = [
      field("a"): .number(ExactNumber(7)), field("b"): .number(ExactNumber(-2)),
      field("sex"): .text("F"), field("yes"): .truth(true), field("list"): .choices(["X", "Y"]),
      field("part"): .text("2028-02"),
    ]
    if let huge = ExactNumber(Int128(1) << 120, over: 3) { own[field("huge")] = .number(huge) }
    if let day = try? CalendarDate(parsing: "2028-02-29") { own[field("d1")] = .date(day) }
    if let at = try? UTCInstant(parsing: "2027-03-28T00:59:59Z") { own[field("t1")] = .instant(at) }
    for item in 1...3 { own[field("i0\(item)")] = .number(ExactNumber(item)) }
    return FormulaEnvironment(
      own: own,
      clocks: FormulaClocks(
        site: try? SiteClock(zone: "Europe/London"),
        sponsor: try? SiteClock(zone: "America/New_York")))
  }()
}

/// Called by libFuzzer for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Target.chosen.take(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
