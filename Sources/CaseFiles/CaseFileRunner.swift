public import Foundation

/// One way to answer cases of one method: from inputs alone to named results.
public typealias CaseMethod = @Sendable (CaseInputs) throws -> JSONValue

/// Evaluates reference case files with the methods it was given.
///
/// A method is handed the inputs of a case and nothing else; what is expected is read only when
/// the answer stands.
public struct CaseFileRunner: Sendable {
  private var methods: [String: CaseMethod]

  /// A runner with the methods of the statistics module and, after them, further ones by name.
  public init(adding methods: [String: CaseMethod] = [:]) {
    self.methods = StatisticsMethods.all.merging(methods) { $1 }
  }

  /// The names of the methods known, sorted.
  public var methodNames: [String] { methods.keys.sorted() }

  /// Evaluates a file.
  /// - Parameters:
  ///   - name: the name under which the file is reported.
  ///   - bytes: the content of the case file.
  ///   - data: gives the content of a data file by its path relative to the case file.
  public func evaluate(
    name: String, bytes: Data, data: @escaping @Sendable (String) -> Data?
  ) throws(CaseFileRefusal) -> CaseFileReport {
    let file = try CaseFile(parsing: bytes)
    let results = file.cases.map { evaluate($0, data: data) }
    return CaseFileReport(name: name, results: results)
  }

  /// Answers one case, then compares.
  public func evaluate(
    _ reference: ReferenceCase, data: @escaping @Sendable (String) -> Data?
  ) -> CaseResult {
    var result = CaseResult(
      id: reference.id, method: reference.method, isOptional: reference.isOptional, answer: nil,
      outcome: .notImplemented)
    guard let method = methods[reference.method] else { return result }
    let inputs = CaseInputs(reference.inputs) { path throws(CaseFileRefusal) in
      guard let bytes = data(path) else { throw .dataMissing(path) }
      return DataTable(csv: String(decoding: bytes, as: UTF8.self))
    }
    do {
      let answer = try method(inputs)
      result.answer = answer
      let deviation = reference.tolerance.deviation(of: answer, from: reference.expected)
      result.outcome =
        deviation <= 1 ? .agrees(deviation: deviation) : .differs(deviation: deviation)
    } catch {
      result.outcome = .refused("\(error)")
    }
    return result
  }
}
