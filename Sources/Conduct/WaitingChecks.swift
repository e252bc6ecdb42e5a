import Store
import StudyModel
import Synchronization

/// Up to which instant entries were looked at whose checks ask only after some hours, by trial and check.
///
/// What a program that starts has not seen, its first derivation of everything looks at.
final class WaitingWatch: Sendable {
  private let looked = Mutex<[WaitingPlace: UTCInstant]>([:])

  func lookedUntil(_ place: WaitingPlace) -> UTCInstant? { looked.withLock { $0[place] } }

  func keep(_ place: WaitingPlace, _ instant: UTCInstant) {
    looked.withLock { $0[place] = instant }
  }
}

/// Entries of a form that some check asks about some hours after they were handed in.
struct WaitingPlace: Hashable {
  let trial: TrialID
  let form: FormID
  let dataClass: DataClass
  let hours: Int
}

extension Installation {
  /// How far back a first look goes: everything is derived daily, and when a program starts.
  private static let reachInSeconds: Int64 = 25 * 3600

  /// Looks again at entries of which the hours of a check have passed since the last look.
  ///
  /// - Returns: how many participants were looked at; who was held by somebody else is looked at by the next
  ///   round.
  func lookAtWaitingChecks(in trial: Trial) async throws -> Int {
    var count = 0
    for place in try await waitingPlaces(of: trial) {
      let until = clock.now.advanced(bySeconds: Int64(-place.hours) * 3600)
      let reach = until.advanced(bySeconds: -Self.reachInSeconds)
      let last = waitingWatch.lookedUntil(place).flatMap { $0 <= until ? $0 : nil }
      let due = try await asCommittee(trial) {
        try $0.answered(place.form, after: last ?? reach, until: until, in: place.dataClass)
      }
      var isWhole = true
      for key in due {
        let participant = try ParticipantKey(parsing: key)
        let kept = try await derive(
          participant, in: trial, .everything,
          part: DerivedPart.following(from: place.dataClass))
        if kept == nil { isWhole = false }
        count += 1
      }
      if isWhole { waitingWatch.keep(place, until) }
    }
    return count
  }

  private func waitingPlaces(of trial: Trial) async throws -> Set<WaitingPlace> {
    var places: Set<WaitingPlace> = []
    for definition in try await versionsEverInForce(of: trial) {
      for form in definition.forms where DerivedForm.classes.contains(form.dataClass) {
        for hours in definition.checksLookedAtAgain(on: form).compactMap(\.afterHours) {
          places.insert(
            WaitingPlace(
              trial: trial.id, form: form.id, dataClass: form.dataClass, hours: hours))
        }
      }
    }
    return places
  }
}
