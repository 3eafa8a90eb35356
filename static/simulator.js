// Adds a slider to the form of the simulator. The form works without it.
const form = document.getElementById('simulator')
const typed = form.elements.first_divisor
// A comma or Arabic digits are as good as a point and western ones.
const number = (typed.value || typed.placeholder).replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660).replace(/[,٫]/, '.')
const slider = Object.assign(document.createElement('input'), {
  type: 'range', min: '0.1', max: '3', step: '0.1', value: number, dir: 'ltr',
})
slider.setAttribute('aria-label', typed.parentElement.textContent.trim())
slider.addEventListener('input', () => { typed.value = slider.value })
slider.addEventListener('change', () => form.requestSubmit())
// A rule of quotas has no divisor.
if (number) typed.after(slider)
form.addEventListener('change', (event) => { if (event.target.tagName === 'SELECT') form.requestSubmit() })
