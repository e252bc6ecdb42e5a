import Conduct
import Store
import StudyModel
import Testing

/// Tables that cannot be read at all: each gets a sentence.
@Suite(.serialized) struct RefusedTableTests {
  @Test(arguments: [
    ("\u{FEFF}participant,visit\n101-0001,SCR,1\n", "Row 2"),
    ("participant,visit\n\"101-0001,SCR\n", "never closed"),
    ("participant,visit\n\"101-0001\"x,SCR\n", "closing quote"),
    ("participant,visit\r101-0001,SCR\r101-0002,SCR\r", "carriage return alone"),
    ("participant,visit\n101-0001,SCR\r101-0002,SCR\n", "carriage return alone"),
    ("", "empty"),
    ("participant,visit\n", "no row"),
    ("participant,visit,visit\n101-0001,SCR,BL\n", "Two columns"),
  ])
  func `a broken table gets a sentence that names the place`(_ text: String, says: String)
    async throws
  {
    try await Self.expectRefused(Array(text.utf8), says)
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE, 0x70, 0x00], "UTF-16"),
      (Array("participant,visit\nM\u{FC}ller".utf8.dropLast(5)) + [0xFC, 0x0A], "Row 2"),
      (Array("participant\n".utf8) + [0x00], "Row 2"),
    ] as [([UInt8], String)])
  func `bytes that are no UTF-8 get a sentence`(_ bytes: [UInt8], says: String) async throws {
    try await Self.expectRefused(bytes, says)
  }

  @Test func `a file of a hundred megabytes and a cell of one are refused with a sentence`()
    async throws
  {
    try await Self.expectRefused(
      Array("participant,visit\n".utf8) + Array(repeating: 0x41, count: 100 << 20), "larger than")
    try await ReferenceTrial.run { world in
      let key = try await DataImportTests.consent(world, "AB")
      let huge = try DataImportTests.row(key).replacing(
        "1974", with: String(repeating: "9", count: 1 << 20))
      let tried = try await world.installation.at(DataImportTests.now).tryImport(
        try DataImportTests.file([huge]), as: try await DataImportTests.coordinator(world))
      #expect(tried.rows.map(\.outcome) == [.refused])
    }
  }

  private static func expectRefused(_ bytes: [UInt8], _ says: String) async throws {
    try await ReferenceTrial.run { world in
      let file = DataFile(name: "broken.csv", bytes: bytes, form: try FormID(parsing: "DM"))
      let found = await refusal {
        try await world.installation.at(DataImportTests.now).tryImport(
          file, as: try await DataImportTests.coordinator(world))
      }
      guard case .invalid(let faults)? = found else {
        Issue.record("\(String(describing: found))")
        return
      }
      #expect(faults.contains { $0.sentence.contains(says) }, "\(faults)")
      #expect(faults.allSatisfy { $0.sentence.contains("Nothing was imported.") })
    }
  }
}
