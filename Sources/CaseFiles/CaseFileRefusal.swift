/// Why a case file, or one case of it, is not evaluated.
public enum CaseFileRefusal: Error, Equatable, Sendable {
  /// The bytes are not JSON.
  case notJSON
  /// The text is JSON but not a case file.
  case notACaseFile
  /// A case lacks an input, or it has another type.
  case inputMissing(String)
  /// The data file named by a case cannot be read.
  case dataMissing(String)
  /// A column named by a case is not in its data file.
  case columnMissing(String)
}

extension CaseFileRefusal: CustomStringConvertible {
  /// The refusal as a sentence.
  public var description: String {
    switch self {
    case .notJSON: "The file is not JSON. Nothing was evaluated."
    case .notACaseFile: "The file is JSON but has no cases with id, method and inputs."
    case .inputMissing(let name): "The case lacks the input \(name), or it has another type."
    case .dataMissing(let name): "The data file \(name) cannot be read beside the case file."
    case .columnMissing(let name): "The data file has no column \(name)."
    }
  }
}
