enum StudyRoutes {
  static let all: [Route] = []
}
