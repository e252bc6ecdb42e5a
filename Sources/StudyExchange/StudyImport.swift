import StudyLanguage
public import StudyModel

/// The formats a definition can be read from.
public enum ImportFormat: String, CaseIterable, Sendable {
  /// CDISC ODM, 1.x and 2.0.
  case odm
  /// REDCap's data dictionary.
  case redcapCSV = "redcap-csv"
  /// REDCap's project file.
  case redcapXML = "redcap-xml"
}

/// A draft made of a foreign file.
public struct StudyImport: Sendable {
  /// What the file was read as.
  public let format: ImportFormat
  /// The draft as text of the definition language.
  public let yaml: String
  /// The draft as a definition; nil when the report names faults left in it.
  public let study: StudyDefinition?
  /// What came over, what changed, what was left out, what must be filled in.
  public let report: ExchangeReport

  /// Reads a file of another system.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - format: what it is, or nil to tell by its content.
  ///   - name: its name without folder and ending, for a study without title.
  public init(
    _ bytes: [UInt8], format: ImportFormat? = nil, name: String
  ) throws(ExchangeRefusal) {
    guard !bytes.isEmpty else { throw ExchangeRefusal("The file is empty.") }
    let isXML = Self.looksLikeXML(bytes)
    if let format, (format == .redcapCSV) == isXML {
      throw ExchangeRefusal(
        "The file does not look like \(format.rawValue): it is \(isXML ? "XML" : "no XML").")
    }
    var report = ExchangeReport()
    Self.tellHidden(String(decoding: bytes, as: UTF8.self), &report)
    var groups: Set<String> = []
    let draft: Draft
    if isXML {
      let root = try XMLDocument.root(of: bytes)
      Self.tellHidden(root.wholeText, &report)
      let isProject = REDCapXML.isProject(root)
      self.format = format ?? (isProject ? .redcapXML : .odm)
      if self.format == .redcapXML {
        let project = try REDCapXML.project(of: root, report: &report)
        var reading = REDCapReading(project, report: report)
        draft = reading.draft()
        report = reading.report
      } else {
        var reading = try ODMReading(root, report: report)
        draft = reading.draft()
        report = reading.report
        groups = reading.groupNames
      }
    } else {
      self.format = .redcapCSV
      let project = try REDCapDictionary.project(of: bytes, report: &report)
      var reading = REDCapReading(project, report: report)
      draft = reading.draft()
      report = reading.report
    }
    var completion = DraftCompletion(draft, sourceName: name, report: report, groups: groups)
    do {
      yaml = try completion.definition().yaml()
    } catch let fault as ParseFault {
      throw ExchangeRefusal(fault.sentence)
    } catch let fault as UnwritableDefinition {
      throw ExchangeRefusal(fault.sentence)
    } catch {
      throw ExchangeRefusal("The draft cannot be written.")
    }
    report = completion.report
    report.tellLimits()
    do throws(DefinitionFaults) {
      study = try StudyDefinition(yaml: yaml)
    } catch {
      study = nil
      report.faults = error.faults
    }
    self.report = report
  }

  // Taken out wherever words are read; who compares the draft with the file must know. What XML spells by
  // number is found in the words, and what else there is in the bytes.
  private static func tellHidden(_ text: String, _ report: inout ExchangeReport) {
    let scalars = text.unicodeScalars.drop { $0 == "\u{FEFF}" }
      .filter { $0 != "\r" && $0 != "\t" }
    // Of UTF-16 every second byte would seem to be one.
    guard let found = HiddenCharacter.first(in: String(String.UnicodeScalarView(scalars))),
      found != "U+0000"
    else { return }
    report.repair(
      "the file", "characters nobody sees, such as \(found), are taken out of its words.")
  }

  private static func looksLikeXML(_ bytes: [UInt8]) -> Bool {
    // UTF-16 has a zero beside every sign of the language.
    let signs = bytes.prefix(64).filter { $0 != 0 && $0 != 0x20 && $0 != 0x0A && $0 != 0x0D }
    let start = signs.drop { [0xEF, 0xBB, 0xBF, 0xFE, 0xFF, 0x09].contains($0) }
    return start.first == UInt8(ascii: "<")
  }
}
