/// The name of an account: one person's, and of nothing that several share (21 CFR 11.300(a); REQ-050).
enum PersonName {
  /// Words for places, offices and many people; some are family names too, beside a given name.
  private static let ofNobody: Set<String> = [
    "a", "account", "admin", "administrator", "administrators", "all", "and", "anybody", "assessor",
    "assessors",
    "call", "clinic", "common", "coordinator", "coordinators", "data", "demo", "department", "desk",
    "doctor",
    "doctors", "duty", "ect", "everybody", "everyone", "generic", "group", "guest", "hospital",
    "investigator",
    "investigators", "kap", "ketamine", "login", "manager", "managers", "monitor", "monitors",
    "nobody", "nurse",
    "nurses", "of", "office", "on", "pharmacist", "pharmacists", "pharmacy", "physician",
    "physicians", "pool",
    "rater", "raters", "reception", "service", "shared", "shift", "site", "staff", "station",
    "study", "system",
    "team", "temp", "temporary", "test", "the", "therapist", "therapists", "trial", "unit", "user",
    "users", "ward",
  ]

  /// Why a name is refused, nil when it can be a person's.
  static func refusal(of name: String) -> String? {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
    let isOfNobody = words.allSatisfy {
      ofNobody.contains(String($0)) || $0.allSatisfy(\.isNumber)
    }
    return isOfNobody
      ? "An account is of one person, by name: what several share signs for nobody. Give the full name of a person."
      : nil
  }
}
