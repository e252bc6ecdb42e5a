enum RandomizationRoutes {
  static let all: [Route] = []
}
