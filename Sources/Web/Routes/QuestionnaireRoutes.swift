enum QuestionnaireRoutes {
  static let all: [Route] = []
}
