import Foundation
public import Store
import StudyModel

/// The zone in which a person reads scheduled instants: what is stored stays UTC, and sites keep their own clock.
extension Installation {
  /// The zone a person chose, nil for that of the coordinating centre.
  public func chosenZone(of user: UserID) async throws -> String? {
    try await access { try $0.zone(of: user) }
  }

  /// Keeps the zone of a person; an empty name gives that of the coordinating centre.
  ///
  /// - Throws: `invalid` for a name that is no place of the time zone database.
  public func chooseZone(_ name: String, of user: UserID) async throws {
    let name = name.trimmingCharacters(in: .whitespaces)
    guard name.isEmpty || (try? SiteClock(zone: name)) != nil else {
      throw ActRefusal.invalid([
        Fault(
          field: "zone", code: "bad_zone",
          sentence: "A time zone has the name of a place, such as Europe/Madrid or "
            + "America/New_York. Nothing was changed.")
      ])
    }
    try await access { try $0.chooseZone(name.isEmpty ? nil : name, of: user) }
  }
}
