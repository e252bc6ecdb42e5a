public import Foundation

/// A file of reference cases of one family.
public struct CaseFile: Sendable {
  /// The family's letter.
  public var family: String
  /// The family's title.
  public var title: String
  /// The cases in file order.
  public var cases: [ReferenceCase]

  /// Parses a case file.
  public init(parsing bytes: Data) throws(CaseFileRefusal) {
    guard let file = try JSONValue(parsing: bytes).object,
      let list = file["cases"]?.list
    else { throw .notACaseFile }
    family = file["family"]?.text ?? ""
    title = file["title"]?.text ?? ""
    var parsed: [ReferenceCase] = []
    for value in list { parsed.append(try ReferenceCase(value)) }
    cases = parsed
  }
}

/// One reference case: what is asked, apart from what is expected.
public struct ReferenceCase: Sendable {
  /// Unique over all files.
  public var id: String
  /// The dotted name of what is computed.
  public var method: String
  /// Everything a method may read.
  public var inputs: JSONObject
  /// Whether the case is information and not a requirement.
  public var isOptional: Bool
  /// Named results, read only after the answer is given.
  let expected: JSONValue
  let tolerance: Tolerance

  init(_ value: JSONValue) throws(CaseFileRefusal) {
    guard let fields = value.object, let id = fields["id"]?.text,
      let method = fields["method"]?.text, let inputs = fields["inputs"]?.object,
      let expected = fields["expected"], let tolerance = fields["tolerance"]?.object
    else { throw .notACaseFile }
    self.id = id
    self.method = method
    self.inputs = inputs
    self.expected = expected
    self.tolerance = Tolerance(
      absolute: tolerance["abs"]?.number ?? 0, relative: tolerance["rel"]?.number ?? 0)
    let tags = fields["tags"]?.list?.compactMap(\.text) ?? []
    isOptional = tags.contains { $0.hasPrefix("optional") }
  }
}
