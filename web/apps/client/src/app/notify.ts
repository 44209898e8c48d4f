/** Shows a notification of the system, if the browser was allowed to; a later one of the same person takes its place. */
export function notify(title: string, body: string, person: string): void {
	if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
	const options = { body, tag: person, icon: "/im/icon.svg", data: { path: `/im/c/${encodeURIComponent(person)}` } };
	void navigator.serviceWorker?.ready.then((worker) => worker.showNotification(title, options));
}
