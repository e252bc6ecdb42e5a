import Foundation

/// The address at which the call of a rating is joined.
///
/// The rater reads it, who knows neither participant nor site nor visit: an address that names one is refused.
public struct CallLink: Hashable, Sendable {
  /// The longest address, in bytes.
  public static let mostBytes = 500

  /// The address.
  public let text: String

  /// Takes an address, or says why it cannot be given to a rater.
  ///
  /// - Parameter sites: keys, and titles of which no word of four letters or more may stand in the address.
  public init(
    parsing text: String, hiding participant: ParticipantKey, _ sites: [SiteDefinition],
    _ visit: VisitCode
  ) throws(ParseFault) {
    guard text.utf8.count <= Self.mostBytes,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"'<>\\^`{|}".utf8.contains($0) }),
      text.hasPrefix("https://"), Self.hasPlainHost(text)
    else {
      throw ParseFault(
        "The link is an address that begins with https:// and a name, without a user before it, in "
          + "\(Self.mostBytes) characters at most.")
    }
    guard let shown = Self.decoded(text) else {
      throw ParseFault("The link holds signs that are written in another way once more.")
    }
    let words = Set(shown.split { !$0.isLetter && !$0.isNumber }.map(String.init))
    let names = sites.map(\.key.text) + [visit.text]
    let titles = sites.flatMap { $0.title.lowercased().split { !$0.isLetter } }
      .filter { $0.count >= 4 }
    guard !Self.joined(shown).contains(Self.joined(participant.text.lowercased())),
      titles.allSatisfy({ !shown.contains($0) }),
      names.allSatisfy({ !words.contains($0.lowercased()) })
    else {
      throw ParseFault(
        "The link names the participant, a site or the visit, which the rater may not know. Make a "
          + "meeting whose address tells nothing.")
    }
    self.text = text
  }

  private static func hasPlainHost(_ text: String) -> Bool {
    let rest = text.dropFirst("https://".count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return authority.wholeMatch(of: /[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)
      != nil
  }

  /// The address in small letters with every `%41` read, however often it was written so; nil beyond that.
  private static func decoded(_ text: String) -> String? {
    var text = text
    for _ in 0..<5 {
      guard text.contains("%") else { return text.lowercased() }
      guard let read = text.removingPercentEncoding else { return nil }
      if read == text { return text.lowercased() }
      text = read
    }
    return nil
  }

  private static func joined(_ text: String) -> String {
    String(text.filter { $0.isLetter || $0.isNumber })
  }
}
