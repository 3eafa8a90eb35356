// Adds a slider to the form of the simulator. The form works without it.
const form = document.getElementById('simulator')
const typed = form.elements.first_divisor
const slider = Object.assign(document.createElement('input'), {
  type: 'range', min: '0.1', max: '3', step: '0.1', value: typed.value, dir: 'ltr',
})
slider.setAttribute('aria-label', typed.parentElement.textContent.trim())
slider.addEventListener('input', () => { typed.value = slider.value })
slider.addEventListener('change', () => form.requestSubmit())
typed.after(slider)
form.addEventListener('change', (event) => { if (event.target.tagName === 'SELECT') form.requestSubmit() })
