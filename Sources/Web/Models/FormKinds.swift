import Conduct
import StudyModel

/// What a definition's forms are to the people of a site, worked out once for many participants.
struct FormKinds {
  let ratings: Set<FormID>
  let questionnaires: Set<FormID>
  /// The raters' own record of what they guessed, which is nobody's at the site.
  let blindingRecord: FormID?
}

extension FormKinds {
  init(_ definition: StudyDefinition, _ installation: Installation) {
    blindingRecord = installation.blindingRecord(definition)?.id
    ratings = Set(installation.ratingForms(definition).map(\.id))
    questionnaires = Set(
      definition.visits.flatMap {
        installation.questionnaires(definition, at: $0.code).map(\.id)
      })
  }
}
