/** Sends the form that only leads on; where scripts are off, its button does. */
document.querySelector('form[data-go-on]').requestSubmit();
