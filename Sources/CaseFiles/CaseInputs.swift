/// What a method may see of a case: its inputs and the data files beside it, never the answer.
public struct CaseInputs: Sendable {
  /// The named inputs.
  public let values: JSONObject
  /// Gives the table named by a case, relative to the case file's folder.
  public let table: @Sendable (String) throws(CaseFileRefusal) -> DataTable

  /// The inputs of a case with a way to its data.
  public init(
    _ values: JSONObject,
    table: @escaping @Sendable (String) throws(CaseFileRefusal) -> DataTable
  ) {
    self.values = values
    self.table = table
  }

  /// A number that must be there.
  public func number(_ name: String) throws(CaseFileRefusal) -> Double {
    guard let value = values[name]?.number else { throw .inputMissing(name) }
    return value
  }

  /// A number that may be absent or null.
  public func optionalNumber(_ name: String) -> Double? { values[name]?.number }

  /// A whole number that must be there.
  public func integer(_ name: String) throws(CaseFileRefusal) -> Int {
    guard let value = Int(exactly: try number(name)) else { throw .inputMissing(name) }
    return value
  }

  /// A text that must be there.
  public func text(_ name: String) throws(CaseFileRefusal) -> String {
    guard let value = values[name]?.text else { throw .inputMissing(name) }
    return value
  }

  /// A text that may be absent or null.
  public func optionalText(_ name: String) -> String? { values[name]?.text }

  /// Numbers; a single number counts as a list of one.
  public func numbers(_ name: String) throws(CaseFileRefusal) -> [Double] {
    guard let value = values[name] else { throw .inputMissing(name) }
    return try Self.numbers(value, name)
  }

  /// Rows of numbers.
  public func rows(_ name: String) throws(CaseFileRefusal) -> [[Double]] {
    guard let list = values[name]?.list else { throw .inputMissing(name) }
    var rows: [[Double]] = []
    for value in list { rows.append(try Self.numbers(value, name)) }
    return rows
  }

  /// Texts; a single text counts as a list of one.
  public func texts(_ name: String) throws(CaseFileRefusal) -> [String] {
    guard let value = values[name] else { throw .inputMissing(name) }
    let texts = (value.list ?? [value]).compactMap(\.text)
    guard texts.count == (value.list?.count ?? 1) else { throw .inputMissing(name) }
    return texts
  }

  /// The inputs nested under a name.
  public func nested(_ name: String) throws(CaseFileRefusal) -> CaseInputs {
    guard let value = values[name]?.object else { throw .inputMissing(name) }
    return CaseInputs(value, table: table)
  }

  /// A list of nested inputs.
  public func nestedList(_ name: String) throws(CaseFileRefusal) -> [CaseInputs] {
    guard let list = values[name]?.list else { throw .inputMissing(name) }
    var inputs: [CaseInputs] = []
    for value in list {
      guard let object = value.object else { throw .inputMissing(name) }
      inputs.append(CaseInputs(object, table: table))
    }
    return inputs
  }

  private static func numbers(
    _ value: JSONValue, _ name: String
  ) throws(CaseFileRefusal) -> [Double] {
    let list = value.list ?? [value]
    let numbers = list.compactMap(\.number)
    guard numbers.count == list.count else { throw .inputMissing(name) }
    return numbers
  }
}
