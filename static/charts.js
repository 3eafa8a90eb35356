// Has datasette-dashboards draw each chart of the page from the JSON beside it, once its place comes near the screen.
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue
    near.unobserve(target)
    const { chart, query } = JSON.parse(target.querySelector('script').textContent)
    // The button of the menu is a picture without a name.
    new MutationObserver(() => {
      target.querySelector('summary')?.setAttribute('aria-label', chart.display.usermeta.embedOptions.i18n.CLICK_TO_VIEW_ACTIONS)
    }).observe(target, { childList: true, subtree: true })
    renderChart(target.dataset.chart, chart, query, document.documentElement.dataset.root)
  }
}, { rootMargin: '300px' })
document.querySelectorAll('[data-chart]').forEach((place) => near.observe(place))
