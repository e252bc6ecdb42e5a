/// Everything a person can do in a trial; a role is a set of these.
public enum Capability: String, CaseIterable, Sendable, Codable {
  case loadStudy, activateSite, manageAccounts
  case draftRandomization, approveRandomization
  case consentParticipant, enterForms, signForms
  case scheduleRating, rate, answerQuestionnaire, issueQuestionnaire
  case openDataQuery, answerDataQuery
  case randomize, acknowledgeAllocation, readAllocation
  case buildInterimReport, checkInterimReport, readClosedReport, readOpenReport
  case softLock, hardLock, unblind, exportBlinded, exportUnblinded, analyse
  case readAudit, readEnrolment, emergencyUnblinding
  case discloseCase, readUnblindingNotices, holdEnvelopes, issueEnvelopeCodes
  case correctRandomization
  case verifySource, freezeForms
  case acknowledgeAlerts, knowOfAlerts, recordDeviations, judgeDeviations, followSafety
  case judgeExpectedness
  case reviewAmendment
  case readForms, readDeviations, readSafety, readEnrolmentBySite, readOwnAudit
  case correctReported
}
