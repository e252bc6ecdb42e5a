/// Every route of the server, in one list.
enum RouteTable {
  static let all: [Route] =
    SignInRoutes.all + PasskeyRoutes.all + ProviderRoutes.all + AccountRoutes.all
    + AccessReviewRoutes.all
    + ParticipantRoutes.all
    + CaptureRoutes.all
    + AlertRoutes.all
    + AmendmentRoutes.all
    + TextRoutes.all
    + RandomizationRoutes.all
    + RatingRoutes.all + QuestionnaireRoutes.all + StudyRoutes.all + ReportRoutes.all
    + ClosingRoutes.all + DisclosureRoutes.all + LedgerRoutes.all + APIRoutes.all + RecordRoutes.all
    + PlanningRoutes.all
}
