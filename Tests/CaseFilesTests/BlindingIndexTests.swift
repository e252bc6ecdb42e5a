import CaseFiles
import Foundation
import Statistics
import Testing

@Suite struct BlindingIndexTests {
  static let vectors: [JSONValue] = {
    let file = Oracles.folder.deletingLastPathComponent()
      .appending(path: "instruments/blinding_index.json")
    guard let bytes = try? Data(contentsOf: file), let value = try? JSONValue(parsing: bytes)
    else { return [] }
    return value.object?["vectors"]?.list ?? []
  }()

  @Test func `the reference vectors are there`() {
    #expect(Self.vectors.count >= 10)
  }

  @Test(arguments: vectors.indices)
  func `REQ-095: both indices agree with the reference to a millionth`(vector: Int) throws {
    let fields = try #require(Self.vectors[vector].object)
    let input = try #require(fields["in"]?.object)
    let output = try #require(fields["out"]?.object)
    let counts = try #require(input["counts"]?.list).map { row in
      (row.list ?? []).compactMap(\.number).map { Int($0) }
    }
    let index = try BlindingIndex(counts)
    let names = try #require(input["arms"]?.list).compactMap(\.text)
    for (name, arm) in zip(names, index.arms) {
      let expected = output["bang"]?.object?[name]?.object
      #expect(isClose(arm.index?.value, expected?["estimate"]))
      #expect(isClose(arm.index?.standardError, expected?["se"]))
      #expect(isClose(try arm.index?.interval()?.lower, expected?["lower"]))
    }
    let overall = output["james"]?.object
    #expect(isClose(index.overall?.value, overall?["estimate"]), "\(fields)")
    #expect(isClose(index.overall?.standardError, overall?["se"]), "\(fields)")
  }

  private func isClose(_ got: Double?, _ expected: JSONValue?) -> Bool {
    guard let number = expected?.number else { return got == nil }
    guard let got else { return false }
    return abs(got - number) <= 1e-6
  }
}
