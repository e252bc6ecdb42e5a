import Datasets
import Reports
import StudyModel
import Testing

@Suite struct DataDictionaryTests {
  @Test func `REQ-016: the data dictionary names where each data element comes from`()
    async throws
  {
    let definition = try await TemplateTrial.made.value.definition
    let export = try LockedExport(
      try TrialSnapshot(contents: []), strata: [], definition: definition,
      certificate: LockCertificate(
        study: "kap-ect", protocolNumber: "P-1", definitionVersion: "1.0", snapshot: 1,
        lockedAt: "2027-01-01T00:00:00Z", software: "Equipoise", planDigest: "", signers: []),
      publicKey: [], sign: { _ in [] })
    let file = try #require(export.blinded.first { $0.path == "codebook/codebook.csv" })
    let rows = String(decoding: file.bytes, as: UTF8.self)
      .split(whereSeparator: \.isNewline).map(String.init)
    func sources(of form: String) -> Set<String> {
      Set(
        rows.filter { $0.hasPrefix("\(form),") }
          .compactMap { $0.split(separator: ",").last.map(String.init) })
    }
    #expect(sources(of: "MADRS") == ["rater", "calculation"])
    #expect(sources(of: "QIDSSR16") == ["participant", "calculation"])
    #expect(sources(of: "DM").contains("transcription"))
    #expect(!sources(of: "DM").contains("participant") && !sources(of: "DM").contains("rater"))
    let known = Set(ElementSource.allCases.map(\.rawValue))
    let fields = definition.forms.flatMap { form in
      form.fields.filter { max($0.dataClass ?? form.dataClass, form.dataClass) <= .outcome }
    }
    #expect(rows.count == 1 + fields.count)
    for row in rows.dropFirst() {
      let source = try #require(row.split(separator: ",").last.map(String.init))
      #expect(known.contains(source), "\(row)")
    }
  }
}
