import Randomization

/// A randomization scheme named on the command line.
enum SchemeFile {
  /// Why a file was not used: the code of every fault with the field it concerns.
  struct Refusal: Error, CustomStringConvertible {
    let path: String
    let refusal: SchemeRefusal

    var description: String {
      let name = TerminalText.plain(path)
      switch refusal {
      case .notCanonical:
        return "\(name): \(refusal.code): \(refusal.description) Nothing was simulated. "
          + "Correct the scheme."
      case .badScheme(let faults):
        return faults.map {
          "\(name): \(refusal.code): \(TerminalText.plain($0.field)): \($0.description)"
        }.joined(separator: "\n") + "\nNothing was simulated. Correct the scheme."
      }
    }
  }

  static func read(_ path: String) throws -> Scheme {
    let bytes = [UInt8](try InputFile(path).bytes)
    do {
      return try Scheme(parsing: bytes)
    } catch {
      throw Refusal(path: path, refusal: error)
    }
  }
}
