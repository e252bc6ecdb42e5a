import Store
public import StudyModel

/// Who a participant is.
///
/// It has no description and no mirror, so that no log can print it.
public struct ParticipantIdentity: Sendable, CustomReflectable {
  /// The initials, as given at consent.
  public let initials: String
  /// The year of birth, as given at consent.
  public let birthYear: Int
  /// The sex, in the code of the consent form.
  public let sex: String
  /// The form that names the participant; nil where the study has none.
  public let form: Form?
  /// Its versions, the first first; empty before it was filled in.
  public let versions: [IdentityVersion]

  /// The version that stands, 0 for none.
  public var version: Int { versions.last?.number ?? 0 }

  /// The answers that stand.
  public var answers: [FieldID: FieldAnswer] { versions.last?.answers ?? [:] }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A version of the form that names a participant.
public struct IdentityVersion: Sendable, CustomReflectable {
  /// From 1 on.
  public let number: Int
  /// The answers.
  public let answers: [FieldID: FieldAnswer]
  /// Why it differs from the version before.
  public let reason: String
  /// Instant of the record.
  public let at: UTCInstant

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Actor {
  /// Whether this role may read who a participant of its site is.
  public var readsIdentity: Bool {
    guard role.classes.contains(.identity), case .site = sites else { return false }
    guard let form = definition.identityForm,
      let rights = definition.rights(of: role.id, on: form.id)
    else { return true }
    return rights.contains(.read)
  }

  /// Whether this role fills in the form that names a participant of its site.
  public var writesIdentity: Bool {
    guard readsIdentity, role.can(.enterForms), let form = definition.identityForm,
      form.enteredBy.contains(role.id)
    else { return false }
    return definition.rights(of: role.id, on: form.id)?.contains(.write) ?? true
  }
}

extension Installation {
  /// Reads who a participant of the own site is; the purpose is on record before it is shown.
  ///
  /// - Parameter purpose: what for, 3 to 200 characters, without the identity.
  /// - Throws: `notFound` for other sites and for roles without the class, `invalid` without a purpose.
  public func identity(
    of participant: ParticipantKey, purpose: String, as actor: Actor
  ) async throws -> ParticipantIdentity {
    let site = try actor.oneSite()
    let actor = actor.under(try await definition(of: actor.trial, at: site))
    guard actor.readsIdentity else { throw ActRefusal.notFound }
    let keys = try needKeys()
    let purpose = try GivenText.checked(
      purpose, field: "purpose", name: "The purpose", atMost: 200)
    let (trial, form) = (actor.trial.id, actor.definition.identityForm)
    let records = try await session(actor) {
      try $0.readIdentity(of: participant, form: form?.id, purpose: purpose)
    }
    guard let first = records.first else { throw ActRefusal.notFound }
    let given = try GivenIdentity(keys.open(first.box, for: .identity(trial: trial)))
    let versions = try records.dropFirst().map { record in
      guard let form else { throw ActRefusal.sealDamaged }
      let entry = try SealedIdentity(
        opening: record.box, version: record.version, of: participant, form.id, trial, keys)
      return IdentityVersion(
        number: record.version, answers: entry.answers, reason: entry.reason, at: record.at)
    }
    return ParticipantIdentity(
      initials: given.initials, birthYear: given.birthYear, sex: given.sex, form: form,
      versions: Array(versions))
  }
}

/// What names a participant as given at consent, as its box holds it.
struct GivenIdentity {
  let initials: String
  let birthYear: Int
  let sex: String

  init(initials: String, birthYear: Int, sex: String) {
    self.initials = initials
    self.birthYear = birthYear
    self.sex = sex
  }

  /// - Throws: `sealDamaged` for bytes that are none.
  init(_ bytes: [UInt8]) throws(ActRefusal) {
    let parts = String(decoding: bytes, as: UTF8.self).split(
      separator: "|", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = Int(parts[1]) else { throw .sealDamaged }
    self.init(initials: String(parts[0]), birthYear: year, sex: String(parts[2]))
  }

  var bytes: [UInt8] { Array("\(initials)|\(birthYear)|\(sex)".utf8) }
}
