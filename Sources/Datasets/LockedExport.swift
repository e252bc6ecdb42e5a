import Crypto
import Foundation
public import Reports
public import StudyModel

/// One file of an export.
public struct ExportFile: Sendable, Equatable {
  /// The path inside the bundle.
  public let path: String
  /// The content.
  public let bytes: [UInt8]

  /// Makes a file.
  public init(_ path: String, _ bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// Makes a file of text.
  public init(_ path: String, text: String) { self.init(path, Array(text.utf8)) }
}

/// What the certificate of a lock says; no field can hold an arm.
public struct LockCertificate: Sendable {
  /// The study key.
  public var study: String
  /// The protocol number.
  public var protocolNumber: String
  /// The definition version.
  public var definitionVersion: String
  /// The snapshot's number.
  public var snapshot: Int
  /// The lock's instant.
  public var lockedAt: String
  /// The software that made the lock.
  public var software: String
  /// The digest of the analysis plan.
  public var planDigest: String
  /// Name, role, meaning and instant of each signer.
  public var signers: [Signer]

  /// One signer of the lock.
  public struct Signer: Sendable {
    /// The printed name.
    public var name: String
    /// The role.
    public var role: String
    /// The meaning.
    public var meaning: String
    /// The instant.
    public var at: String

    /// Makes a signer.
    public init(name: String, role: String, meaning: String, at: String) {
      self.name = name
      self.role = role
      self.meaning = meaning
      self.at = at
    }
  }

  /// Makes a certificate.
  public init(
    study: String, protocolNumber: String, definitionVersion: String, snapshot: Int,
    lockedAt: String, software: String, planDigest: String, signers: [Signer]
  ) {
    self.study = study
    self.protocolNumber = protocolNumber
    self.definitionVersion = definitionVersion
    self.snapshot = snapshot
    self.lockedAt = lockedAt
    self.software = software
    self.planDigest = planDigest
    self.signers = signers
  }
}

/// The bundle of a lock: a function of the snapshot and nothing else.
///
/// The blinded files are projections of the classes open and outcome; unblinding adds the folder
/// `unblinded/` and leaves every other byte as it was.
public struct LockedExport: Sendable {
  /// The files of the blinded bundle, digests and signature included.
  public let blinded: [ExportFile]

  /// Makes the blinded bundle.
  ///
  /// - Parameter sign: signs bytes with the key whose public half is `publicKey`.
  public init(
    _ snapshot: TrialSnapshot, strata: [StratumRow], definition: StudyDefinition,
    certificate: LockCertificate, publicKey: [UInt8], sign: ([UInt8]) throws -> [UInt8]
  ) throws {
    var files = Self.collected(snapshot, definition)
    files.append(Self.participants(snapshot))
    files.append(StratumRow.file(strata, factors: definition.factors.map(\.id.text)))
    files.append(Self.codebook(definition))
    files += QueryTables(snapshot, definition, for: .blinded).files
    files += CorrectionTable(snapshot).files
    files += SiteTables(snapshot, definition, certificate, for: .blinded).files
    files.append(
      ExportFile(
        "README.txt",
        text: Self.readme(
          certificate, hasQueries: snapshot.holdsQueries,
          hasCorrections: !snapshot.corrections.isEmpty)))
    files.append(Self.lockFile(certificate, publicKey: publicKey, files: files))
    blinded = try Self.sealed(files, publicKey: publicKey, sign: sign)
  }

  /// The files of `unblinded/`, with digests and a signature of their own that also cover the
  /// digests of the blinded layer, so that two locks cannot be mixed.
  ///
  /// - Parameter tables: further tables of this layer, such as the data queries of class treatment.
  public func unblinded(
    arms: [(participant: String, arm: String)], bundle: [UInt8], tables: [ExportFile] = [],
    publicKey: [UInt8], sign: ([UInt8]) throws -> [UInt8]
  ) throws -> [ExportFile] {
    let table = CSVText.table(
      ["participant", "arm"], arms.map { [$0.participant, $0.arm] })
    let sums = blinded.first { $0.path == "SHA256SUMS" }?.bytes ?? []
    let layer = [
      ExportFile("randomization/allocations.csv", text: table),
      ExportFile("randomization/bundle.json", bundle),
      ExportFile("BLINDED-SHA256.txt", text: Self.hex(SHA256.hash(data: sums)) + "\n"),
    ]
    return try Self.sealed(layer + tables, publicKey: publicKey, sign: sign)
      .map { ExportFile("unblinded/" + $0.path, $0.bytes) }
  }

  // MARK: Files

  private static func collected(
    _ snapshot: TrialSnapshot, _ definition: StudyDefinition
  ) -> [ExportFile] {
    definition.forms.filter {
      $0.dataClass <= .outcome && !(snapshot.holdsSiteEntries && $0.subject == .site)
    }.map { form in
      let fields = blindedFields(of: form).map(\.id.text)
      let rows = snapshot.entries.filter { $0.form == form.id.text }.map { entry in
        [entry.participant, entry.visit, String(entry.repeat), String(entry.version), entry.status]
          + fields.flatMap { field -> [String] in
            switch entry.answers[field] {
            case .value(let text): [text, ""]
            case .missing(let code): ["", code]
            case nil: ["", ""]
            }
          }
      }
      let head =
        ["participant", "visit", "repeat", "version", "status"]
        + fields.flatMap { [$0, $0 + "__why"] }
      let folder = form.isWorkedOut ? "derived" : "collected"
      return ExportFile("\(folder)/\(form.id).csv", text: CSVText.table(head, rows))
    }
  }

  // Not even the name of a field above its form's class is in a blinded file.
  private static func blindedFields(of form: Form) -> [Field] {
    form.fields.filter { form.dataClass(of: $0) <= .outcome }
  }

  private static func participants(_ snapshot: TrialSnapshot) -> ExportFile {
    let head = [
      "participant", "site", "state", "consented_at", "randomized_at", "randomization_number",
      "withdrawal_level",
    ]
    let rows = snapshot.participants.map { row in
      [
        row.participant, row.site, row.state, row.consented_at, row.randomized_at ?? "",
        row.randomization_number.map { "R-\($0)" } ?? "", row.withdrawal_level ?? "",
      ]
    }
    return ExportFile("collected/participants.csv", text: CSVText.table(head, rows))
  }

  private static func codebook(_ definition: StudyDefinition) -> ExportFile {
    let rows = definition.forms.filter { $0.dataClass <= .outcome }.flatMap { form in
      blindedFields(of: form).map { field in
        [
          form.id.text, field.id.text, field.label, typeName(field.type), codes(field.type),
          field.unit ?? "", definition.source(of: field, in: form).rawValue,
        ]
      }
    }
    return ExportFile(
      "codebook/codebook.csv",
      text: CSVText.table(["form", "field", "label", "type", "codes", "unit", "source"], rows))
  }

  static func typeName(_ type: FieldType) -> String {
    switch type {
    case .integer: "integer"
    case .decimal: "decimal"
    case .boolean: "boolean"
    case .code: "code"
    case .multi: "multi"
    case .date: "date"
    case .partialDate: "partial date"
    case .time: "time"
    case .dateTime: "date and time"
    case .text: "text"
    case .userReference: "user"
    case .calculated: "calculated"
    }
  }

  static func codes(_ type: FieldType) -> String {
    switch type {
    case .code(let items), .multi(let items):
      items.map { "\($0.code)=\($0.label)" }.joined(separator: "; ")
    case .integer(let range):
      range.map { "\($0.lowerBound) to \($0.upperBound)" } ?? ""
    case .decimal, .boolean, .date, .partialDate, .time, .dateTime, .text, .userReference,
      .calculated:
      ""
    }
  }

  private static func readme(
    _ certificate: LockCertificate, hasQueries: Bool, hasCorrections: Bool
  ) -> String {
    let corrections =
      hasCorrections
      ? """
                       corrections.csv: signed corrections beside what participants and raters reported;
                       collected/ holds what was reported, whatever was corrected beside it

      """ : ""
    let quality =
      hasQueries
      ? """
      quality/         data queries, each beside the value it concerns, and what was written in them;
                       codebook/quality.csv names the columns. Texts were typed by people and are given
                       as typed: they are no de-identified data. Those of who knows arms are withheld here

      """ : ""
    return """
      \(certificate.protocolNumber), lock \(certificate.snapshot) of \(certificate.lockedAt)

      collected/       as entered: one file per form, one row per entry, coded values;
                       a value that is missing with a reason has its code in the column <field>__why
                       strata.csv: the stratum used and the one known to be true, and who was
                       randomized in error
      derived/         what the system worked out of them: one file per form nobody enters
      codebook/        one row per field: label, type, codes, unit and source: calculation,
                       participant, rater, or transcription by staff
      \(quality)\(corrections)LOCK.json        who locked what, when, with which software and analysis plan
      MANIFEST.json    every file with size and SHA-256
      unblinded/       only after unblinding: the allocation and the bundle that proves it

      Check that nothing was changed:
        sha256sum -c SHA256SUMS
        openssl pkeyutl -verify -pubin -inkey signing-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.ed25519
      Prove every allocation, without a database:
        equipoise verify unblinded/randomization/bundle.json

      """
  }

  private static func lockFile(
    _ certificate: LockCertificate, publicKey: [UInt8], files: [ExportFile]
  ) -> ExportFile {
    let content = files.sorted { $0.path < $1.path }.flatMap { Array($0.path.utf8) + $0.bytes }
    let value: [String: Any] = [
      "layoutVersion": 1, "study": certificate.study, "protocol": certificate.protocolNumber,
      "studyDefinition": certificate.definitionVersion, "lock": certificate.snapshot,
      "lockedAt": certificate.lockedAt, "software": certificate.software,
      "plan": certificate.planDigest, "variant": "blinded",
      "fingerprint": hex(SHA256.hash(data: content)),
      "signingKey": hex(SHA256.hash(data: publicKey)),
      "signers": certificate.signers.map {
        ["name": $0.name, "role": $0.role, "meaning": $0.meaning, "at": $0.at]
      },
    ]
    return ExportFile("LOCK.json", json(value))
  }

  private static func sealed(
    _ files: [ExportFile], publicKey: [UInt8], sign: ([UInt8]) throws -> [UInt8]
  ) throws -> [ExportFile] {
    let ordered = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    let manifest = ExportFile(
      "MANIFEST.json",
      json([
        "files": ordered.map {
          [
            "path": $0.path, "bytes": $0.bytes.count, "sha256": hex(SHA256.hash(data: $0.bytes)),
          ] as [String: Any]
        }
      ]))
    let key = ExportFile("signing-key.pem", text: pem(publicKey))
    let listed = (ordered + [manifest, key]).sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    let sums = listed.map { "\(hex(SHA256.hash(data: $0.bytes)))  \($0.path)\n" }.joined()
    let sumsFile = ExportFile("SHA256SUMS", text: sums)
    let signature = ExportFile("SHA256SUMS.ed25519", try sign(sumsFile.bytes))
    return listed + [sumsFile, signature]
  }

  /// The public key as SubjectPublicKeyInfo (RFC 8410).
  private static func pem(_ publicKey: [UInt8]) -> String {
    let prefix: [UInt8] = [
      0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
    let text = Data(prefix + publicKey).base64EncodedString()
    return "-----BEGIN PUBLIC KEY-----\n\(text)\n-----END PUBLIC KEY-----\n"
  }

  private static func json(_ value: [String: Any]) -> [UInt8] {
    let data = try? JSONSerialization.data(
      withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
    return Array(data ?? Data()) + [0x0A]
  }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
